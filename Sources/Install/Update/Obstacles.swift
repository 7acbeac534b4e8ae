import LibC
import Support

/// What is in the way of an installation, found before anything is changed: folders where files have to be, and files
/// or links where folders have to be. What packages brought is removed before the new files come; anything else makes
/// the installation fail.
struct Obstacles {
    /// Folders of the new environment that do not exist yet, parents first.
    private(set) var missingFolders: [PrefixPath] = []
    /// Files and links that are removed first.
    private var files: [PrefixPath] = []
    /// Folders that are removed after them, outer ones first.
    private var folders: [PrefixPath] = []

    private static let mostNames = 5

    /// - Parameters:
    ///   - written: the files and links that are to be written.
    ///   - folded: the names as the folder compares them, if it does not distinguish case.
    /// - Throws: `Failure` naming what would be lost.
    init(
        _ changes: EnvironmentChanges, _ written: Set<PrefixPath>, _ folded: FoldedNames?, _ session: PrefixSession
    ) throws {
        let folders = changes.folders.sorted()
        guard changes.isUpdate else {
            missingFolders = folders
            return
        }
        var strangers: [PrefixPath] = []
        for folder in folders {
            try Interruption.check()
            guard let status = try session.status(folder) else {
                missingFolders.append(folder)
                continue
            }
            if status.st_mode & S_IFMT == S_IFDIR { continue }
            if changes.disturbed.contains(folder) || Installer.ownFiles.contains(folder.relative) {
                files.append(folder)
            } else {
                strangers.append(folder)
            }
            missingFolders.append(folder)
        }
        try Obstacles.refuse(strangers, "a file or link where the environment has a folder")
        let modules = Obstacles.modules(changes.disturbed)
        for file in written.sorted() {
            try Interruption.check()
            guard let status = try session.status(file), status.st_mode & S_IFMT == S_IFDIR else { continue }
            try clear(file, changes, modules, session)
        }
        guard let folded else { return }
        // The same file under another spelling; it gets the new one.
        files += changes.staleFiles.filter { folded.name(of: $0).map(written.contains) ?? false }
    }

    /// Removes the obstacles.
    func remove(_ stale: StaleFiles) throws {
        try stale.remove(files)
        for folder in folders.reversed() { _ = stale.session.removeDirectory(folder) }
    }

    /// Adds everything in a folder to what is removed.
    private mutating func clear(
        _ target: PrefixPath, _ changes: EnvironmentChanges, _ modules: [PrefixPath: Set<ByteString>],
        _ session: PrefixSession
    ) throws {
        var strangers: [PrefixPath] = []
        var waiting = [target]
        while let folder = waiting.popLast() {
            folders.append(folder)
            for name in session.list(folder) {
                try Interruption.check()
                let path = folder.appending(try RelativePath(name))
                guard let status = try session.status(path) else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    waiting.append(path)
                } else if changes.disturbed.contains(path) || Obstacles.isByteCode(path, of: modules)
                    || PrefixSession.isTemporary(name)
                {
                    files.append(path)
                } else {
                    strangers.append(path)
                }
            }
        }
        try Obstacles.refuse(strangers, "in the folder '\(target)', which is to become a file")
    }

    private static func refuse(_ strangers: [PrefixPath], _ reason: Message) throws {
        if strangers.isEmpty { return }
        let names = strangers.sorted().prefix(mostNames).map { "'\($0)'" }.listed()
        let more = strangers.count > mostNames ? " and \(strangers.count - mostNames) more" : ""
        throw Failure(
            "\(names)\(more) would be lost: part of no package, and \(reason)",
            remedy: "Move it to another place, then unpack again.")
    }

    /// Modules that are removed or replaced, without their file ending, by folder.
    private static func modules(_ paths: Set<PrefixPath>) -> [PrefixPath: Set<ByteString>] {
        var names: [PrefixPath: Set<ByteString>] = [:]
        for path in paths where path.name.hasSuffix(".py") {
            guard let parent = path.parent else { continue }
            names[parent, default: []].insert(ByteString(path.name.bytes.dropLast(3)))
        }
        return names
    }

    private static func isByteCode(_ path: PrefixPath, of modules: [PrefixPath: Set<ByteString>]) -> Bool {
        guard let cache = path.parent, cache.name == "__pycache__", let folder = cache.parent else { return false }
        return StaleFiles.isByteCode(path.name, of: modules[folder] ?? [])
    }
}
