import Archive
import CondaModel
import Support

/// The packages of a set that an environment already has, so that a pack need not bring them.
public struct KeptPackages: Sendable {
    /// A conda package of the set that the pack does not bring.
    public struct Wanted: Sendable {
        let record: PackageRecord
        let fileName: String
        /// Where the archive would be in the pack.
        let path: RelativePath

        public init(record: PackageRecord, fileName: String, path: RelativePath) {
            self.record = record
            self.fileName = fileName
            self.path = path
        }
    }

    /// For the plan; these can only be kept, not installed.
    public let sources: [PackageSource]
    let wheels: [InstalledWheel]
    /// The file names of the packages that the environment does not have.
    public let missing: [String]

    /// Nothing is kept.
    public static let none = KeptPackages(sources: [], wheels: [], missing: [])

    private init(sources: [PackageSource], wheels: [InstalledWheel], missing: [String]) {
        self.sources = sources
        self.wheels = wheels
        self.missing = missing
    }

    /// Looks for packages in an environment: for conda packages by hash, else by version and build; for wheels by their
    /// file name, and by their hash if it was noted.
    ///
    /// - Parameters:
    ///   - wheels: file names with hashes.
    ///   - environment: nil if there is none.
    ///   - python: the Python of the whole set.
    /// - Throws: `Failure` naming the record that cannot be read.
    public init(
        _ packages: [Wanted], wheels: [(name: String, sha256: SHA256Digest?)], in environment: InstalledEnvironment?,
        python: PythonInfo?
    ) throws {
        var sources: [PackageSource] = []
        var missing: [String] = []
        for wanted in packages {
            let found = environment?.packages.first { installed in
                installed.name == wanted.record.name && installed.head.isSame(as: wanted.record)
            }
            guard let environment, let found else {
                missing.append(wanted.fileName)
                continue
            }
            let metadata = try found.metadata(in: environment, noarch: wanted.record.noarch)
            sources.append(
                try PackageSource(
                    record: wanted.record, fileName: wanted.fileName,
                    member: .absent(wanted.path, size: Int64(clamping: wanted.record.size ?? 0)), kept: metadata))
        }
        let installed =
            try wheels.isEmpty ? [] : environment.map { try InstalledWheel.all(in: $0, python: python) } ?? []
        var kept: [InstalledWheel] = []
        for (name, sha256) in wheels {
            let found = installed.first { $0.fileName == ByteString(name) }
            if let wheel = found, wheel.noted == nil || sha256 == nil || wheel.noted?.sha256 == sha256 {
                kept.append(wheel)
            } else {
                missing.append(name)
            }
        }
        self.init(sources: sources, wheels: kept, missing: missing)
    }

    /// The files of the kept wheels.
    public var wheelTargets: [PrefixPath] {
        let paths = Set(wheels.flatMap(\.files))
        // Folders of the metadata are listed like files, and are left out.
        var folders: Set<PrefixPath> = []
        for path in paths {
            var parent = path.parent
            while let folder = parent, folders.insert(folder).inserted { parent = folder.parent }
        }
        return Array(paths.subtracting(folders))
    }

    /// Removes from the plans of new wheels the files that kept wheels provide: if several wheels have one path, that
    /// with the later file name provides it (docs/spec/install.md#placing).
    public func settle(_ plans: inout [WheelPlan]) {
        for wheel in wheels {
            guard let name = wheel.fileName else { continue }
            let own = Set(wheel.files)
            for index in plans.indices where ByteString(plans[index].fileName) < name {
                for file in plans[index].files.indices where own.contains(PrefixPath(plans[index].files[file].target)) {
                    plans[index].files[file].isReplaced = true
                }
            }
        }
    }
}

extension InstalledPackage {
    /// The package's metadata, reconstructed from its record.
    ///
    /// - Throws: `Failure` if the record cannot be understood.
    func metadata(in environment: InstalledEnvironment, noarch: NoArch) throws -> PackageMetadata {
        let file = environment.path.appending(path: record.bytes)
        return try describing("could not read the record '\(file)'") {
            let root = try JSONDocument(try File.open(file).slice().readAll()).root
            var paths: [PackagePath] = []
            var entryPoints: [EntryPoint] = []
            for (path, row) in RecordedPaths(root) {
                // A file that lost a conflict has the path it should have had.
                guard let path = row["original_path"]?.bytes ?? path else {
                    throw Failure("a path without string `_path`")
                }
                let kind = row["path_type"]?.string ?? ""
                if kind == "unix_python_entry_point", noarch == .python {
                    entryPoints.append(EntryPoint(command: path.lastPathComponent, module: "", function: ""))
                } else {
                    var path = try PackagePath(path, kind: PackagePath.Kind(rawValue: kind) ?? .hardlink)
                    if let text = row.present("prefix_placeholder")?.bytes {
                        let mode = row["file_mode"]?.string.flatMap { PackagePath.Placeholder.FileMode(rawValue: $0) }
                        path.placeholder = .init(text: text, mode: mode ?? .text)
                    }
                    paths.append(path)
                }
            }
            return PackageMetadata(
                name: name.lowercased, noarch: noarch, paths: PackagePaths(paths), entryPoints: entryPoints,
                aboutTime: nil,
                needsInfoPart: false)
        }
    }
}
