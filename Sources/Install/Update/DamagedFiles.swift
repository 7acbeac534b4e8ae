import Support

/// The files of an environment that differ from the records of their packages, by record.
public struct DamagedFiles: Sendable {
    private var paths: [PrefixPath: Set<PrefixPath>] = [:]

    /// Nothing is damaged, or nothing was checked.
    public static let none = DamagedFiles()

    private init() {}

    var isEmpty: Bool { paths.isEmpty }

    /// The damaged files of the record at that path.
    subscript(record: PrefixPath) -> Set<PrefixPath> { paths[record] ?? [] }

    /// Reads every file of an environment. Byte code is left out: Python makes it again if it is missing or outdated.
    ///
    /// - Throws: `Failure` naming the folder that cannot be read.
    public init(
        in environment: InstalledEnvironment, python: PythonInfo?, pool: WorkerPool, reporter: any Reporter
    ) throws {
        var expected: [(record: PrefixPath, files: [ExpectedFile])] = []
        for package in environment.packages {
            let path = environment.path.appending(path: package.record.bytes)
            let root = try JSONDocument(try File.open(path).slice().readAll()).root
            expected.append((package.record, try ExpectedFile.all(in: root)))
        }
        for wheel in try InstalledWheel.all(in: environment, python: python) {
            guard let folder = wheel.record.parent else { continue }
            expected.append((wheel.record, ExpectedFile.all(of: wheel.rows, folder: folder)))
        }
        let files = expected.flatMap { entry in entry.files.map { (record: entry.record, file: $0) } }
        reporter.progress(.phaseBegan(name: "Comparing files", items: files.count, bytes: nil))
        defer { reporter.progress(.phaseEnded) }
        let root = environment.path
        let results = Locked<[Int]>([])
        try pool.forEach(count: files.count) { index, _ in
            try Interruption.check()
            let file = files[index].file
            if file.path.bytes.hasSuffix(".pyc") || file.difference(in: root) == nil { return }
            results.withLock { $0.append(index) }
        }
        for index in results.withLock({ $0 }) { paths[files[index].record, default: []].insert(files[index].file.path) }
    }
}
