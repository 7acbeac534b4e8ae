import Support

/// Gives every path to one package (docs/spec/install.md#clobbers, docs/spec/install.md#file-against-folder). Packages
/// claim in order of precedence, so the first one keeps the place: a file, or a directory because something is below
/// it.
struct PathClaims {
    /// Which package has a file or link at a path.
    private var files: [PrefixPath: Int] = [:]
    /// The paths that are directories.
    private(set) var directories: Set<PrefixPath> = []
    private var budget = FolderBudget()
    /// A folder that is among `directories`: most paths are in the same one as the path before.
    private var lastFolder: PrefixPath?
    /// How often the answer was anything but a new place.
    private(set) var exceptions = 0

    enum Outcome: Equatable {
        case granted
        case lost
        /// The package itself has a file where it needs a directory, or the reverse.
        case contradictory
    }

    /// Makes room for this many files.
    mutating func reserveCapacity(_ count: Int) { files.reserveCapacity(count) }

    /// Claims a directory for the installation itself.
    mutating func reserveDirectory(_ path: PrefixPath) throws { try addDirectory(path) }

    mutating func claim(_ path: PrefixPath, isDirectory: Bool, by package: Int) throws -> Outcome {
        if let owner = files[path] {
            exceptions += 1
            if owner != package { return .lost }
            return isDirectory ? .contradictory : .granted
        }
        let isInLastFolder = lastFolder.map { path.relative.isChild(of: $0.relative) } ?? false
        if !isInLastFolder, let owner = fileAbove(path) {
            exceptions += 1
            return owner == package ? .contradictory : .lost
        }
        if isDirectory {
            try addDirectory(path)
            return .granted
        }
        if directories.contains(path) {
            exceptions += 1
            return .lost
        }
        files[path] = package
        if !isInLastFolder {
            try addParents(of: path)
            lastFolder = path.parent
        }
        return .granted
    }

    /// Makes the directories above `path` part of the result.
    mutating func addParents(of path: PrefixPath) throws {
        if let parent = path.parent { try addDirectory(parent) }
    }

    /// Which package has a file at the path.
    func owner(of path: PrefixPath) -> Int? { files[path] }

    /// The owner of a file where the path needs a directory.
    func fileAbove(_ path: PrefixPath) -> Int? {
        var parent = path.parent
        // Nothing below a known directory can be below a file.
        while let directory = parent, !directories.contains(directory) {
            if let owner = files[directory] { return owner }
            parent = directory.parent
        }
        return nil
    }

    private mutating func addDirectory(_ path: PrefixPath) throws {
        var next: PrefixPath? = path
        while let directory = next, directories.insert(directory).inserted {
            try budget.spend(directory.relative)
            next = directory.parent
        }
    }
}
