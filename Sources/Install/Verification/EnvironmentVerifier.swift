import CondaModel
import LibC
import Support

/// Compares an installed environment with its records: `conda-meta/*.json`, and the RECORD of wheels that no conda
/// package brought. Nothing is changed.
public struct EnvironmentVerifier: Sendable {
    private let path: ByteString
    private let pool: WorkerPool
    private let reporter: any Reporter

    /// - Parameter jobs: how many threads compare files; nil: one for each usable CPU.
    public init(_ path: ByteString, jobs: Int? = nil, reporter: any Reporter) {
        self.path = path
        self.reporter = reporter
        pool = WorkerPool(width: jobs ?? WorkerPool.usableCPUs)
    }

    /// - Throws: `Failure` if there is no environment, or naming a record or folder that cannot be read.
    public func verify() throws -> EnvironmentReport {
        let conda = try condaFiles()
        let owned = Set(conda.map(\.path))
        let present = try walk()
        let wheels = try wheelFiles(present, owned: owned)
        // A wheel may have replaced a file of a conda package. The file is right if it is as one of them brought it.
        let expected = Dictionary(grouping: conda + wheels, by: \.path)
        let paths = expected.keys.sorted()
        var report = try compare(paths, expected, Set(present))
        for path in present where expected[path] == nil {
            if EnvironmentVerifier.isByteCode(path) {
                report.byteCode += 1
            } else if !EnvironmentVerifier.isInstallersOwn(path) {
                report.extra.append(path.bytes)
            }
        }
        if let state = try EnvironmentState.read(path) {
            report.isUnfinished = state.journal != nil
            if !state.prefix.isEmpty, !isSamePlace(state.prefix) {
                // An environment that is on its way to where it will be used was not moved.
                if state.isNamed { report.finalPrefix = state.prefix } else { report.madeFor = state.prefix }
            }
        }
        return report
    }

    /// Whether a path leads to this environment, under any name.
    private func isSamePlace(_ other: ByteString) -> Bool {
        guard let here = try? Sys.stat(path), let there = try? Sys.stat(other) else { return false }
        return here.st_dev == there.st_dev && here.st_ino == there.st_ino
    }

    // MARK: Records

    private func condaFiles() throws -> [ExpectedFile] {
        let folder = path.appending(path: PlanBuilder.metadataFolder)
        let names = try describing(
            "'\(path)' is no conda environment", remedy: "Name the folder that has 'conda-meta' in it."
        ) { try Sys.list(folder).filter { $0.hasSuffix(".json") }.sorted() }
        guard !names.isEmpty else {
            throw Failure(
                "'\(folder)' has no records of packages, so there is nothing to compare with",
                remedy: "Name the folder of an environment that conda, mamba, pixi or pixi-unpack has made.")
        }
        return try mapped(names.count) { index in
            let file = folder.appending(path: names[index])
            return try describing(
                "could not read the record '\(file)'",
                remedy: "Unpack the environment again with --force, or install it again."
            ) {
                try ExpectedFile.all(in: JSONDocument(try File.open(file).slice().readAll()).root)
            }
        }
    }

    /// The files of wheels whose RECORD belongs to no conda package.
    private func wheelFiles(_ present: [PrefixPath], owned: Set<PrefixPath>) throws -> [ExpectedFile] {
        let records = present.filter { path in
            path.name == "RECORD" && !owned.contains(path) && EnvironmentVerifier.isInstalled(path.parent)
        }
        return try mapped(records.count) { index in
            let record = records[index]
            guard let folder = record.parent else { return [] }
            return try describing(
                "could not read the record '\(path.appending(path: record.bytes))'",
                remedy: "Unpack the environment again with --force, or install it again."
            ) {
                try ExpectedFile.all(
                    inRecord: File.open(path.appending(path: record.bytes)).slice().readAll(), folder: folder)
            }
        }
    }

    /// Whether a folder is that of an installed Python package: a `dist-info` directly in a site folder. Wheels may
    /// have others further down, of packages they bring for their own use.
    private static func isInstalled(_ folder: PrefixPath?) -> Bool {
        guard let components = folder?.relative.components, components.last?.hasSuffix(".dist-info") ?? false else {
            return false
        }
        return components.firstIndex(of: "site-packages") == components.count - 2
    }

    /// Calls `body` on the workers; returns the results in order.
    private func mapped<Element: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Int) throws -> [Element]
    ) throws -> [Element] {
        let results = Locked<[[Element]]>(Array(repeating: [], count: count))
        try pool.forEach(count: count) { index, _ in
            let result = try body(index)
            results.withLock { $0[index] = result }
        }
        return results.withLock { Array($0.joined()) }
    }

    // MARK: Files

    /// Every file and link of the environment, sorted. All workers together list the folders of one depth.
    private func walk() throws -> [PrefixPath] {
        var found: [PrefixPath] = []
        var level: [PrefixPath?] = [nil]
        while !level.isEmpty {
            let folders = level
            let entries = try mapped(folders.count) { index -> [(path: PrefixPath, isDirectory: Bool)] in
                let folder = folders[index].map { path.appending(path: $0.bytes) } ?? path
                return try describing("could not read the folder '\(folder)'") {
                    try Sys.list(folder).map { name in
                        let status = try Sys.stat(folder.appending(path: name), followLinks: false)
                        let child = try RelativePath(name)
                        return (
                            folders[index]?.appending(child) ?? PrefixPath(child),
                            status.st_mode & S_IFMT == S_IFDIR
                        )
                    }
                }
            }
            found += entries.filter { !$0.isDirectory }.map(\.path)
            level = entries.filter(\.isDirectory).map(\.path)
        }
        return found.sorted()
    }

    private func compare(
        _ paths: [PrefixPath], _ expected: [PrefixPath: [ExpectedFile]], _ present: Set<PrefixPath>
    ) throws -> EnvironmentReport {
        reporter.progress(.phaseBegan(name: "Comparing files", items: paths.count, bytes: nil))
        defer { reporter.progress(.phaseEnded) }
        let findings = try mapped(paths.count) { index -> [EnvironmentReport.Finding] in
            let path = paths[index]
            let files = expected[path] ?? []
            let owner = files.first?.owner ?? ""
            // A folder at the path of a file is not among the files.
            guard present.contains(path) else { return [.init(path: path.bytes, owner: owner, reason: nil)] }
            var first: String?
            for file in files {
                guard let reason = file.difference(in: self.path) else { return [] }
                first = first ?? reason
            }
            return [.init(path: path.bytes, owner: owner, reason: first)]
        }
        var report = EnvironmentReport()
        report.files = paths.count
        for finding in findings {
            if finding.path.hasSuffix(".pyc") {
                report.byteCode += 1
            } else if finding.reason == nil {
                report.missing.append(finding)
            } else {
                report.changed.append(finding)
            }
        }
        return report
    }

    private static func isByteCode(_ path: PrefixPath) -> Bool {
        path.bytes.hasSuffix(".pyc") && path.parent?.name == "__pycache__"
    }

    private static let scripts = Set(ReversibleActivation.shells.map { ByteString("activate.\($0.fileExtension)") })

    /// Files that installers write for themselves.
    private static func isInstallersOwn(_ path: PrefixPath) -> Bool {
        // `.lock` is uv's.
        path.bytes == "CACHEDIR.TAG" || path.bytes == ".lock" || path.bytes.hasPrefix(PlanBuilder.metadataFolder + "/")
            // An image has nothing beside the environment, so the scripts are inside.
            || scripts.contains(path.bytes)
    }
}
