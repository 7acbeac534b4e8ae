import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What is in the way of an installation, looked for before anything is changed: folders where files are to be, files and
/// links where folders are to be. What packages brought goes before their successors come; anything else is refused.
struct Obstacles {
    /// Folders of the new environment that are not there, parents first.
    private(set) var missingFolders: [PrefixPath] = []
    /// Files and links to remove first.
    private var files: [PrefixPath] = []
    /// Folders to remove after these, each before those in it.
    private var folders: [PrefixPath] = []

    private static let mostNames = 5

    /// - Parameters:
    ///   - written: the files and links that are to be written.
    ///   - folded: how the folder compares names, if it does not tell capital letters from small ones.
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
        // The same file by another name: it is to have the new one.
        files += changes.staleFiles.filter { folded.name(of: $0).map(written.contains) ?? false }
    }

    /// Removes it.
    func remove(_ stale: StaleFiles) throws {
        try stale.remove(files)
        for folder in folders.reversed() { _ = stale.session.removeDirectory(folder) }
    }

    /// Gathers all that is in a folder.
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
            "\(names)\(more) would be lost: of no package, and \(reason)",
            remedy: "Move it to another place, then unpack again.")
    }

    /// Modules that go or are replaced, without their ending, by the folder they are in.
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
