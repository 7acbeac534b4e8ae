import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Takes files of former packages out of an environment, with byte code made of them and directories in which no file is
/// left: a wheel may bring empty ones, of which nothing tells later. What is gone already is fine: an interrupted update
/// may be run again.
struct StaleFiles {
    let session: PrefixSession
    /// Directories the new environment has.
    let keptDirectories: Set<PrefixPath>

    /// - Throws: `Failure` naming the file that cannot be removed.
    func remove(_ files: [PrefixPath]) throws {
        var directories: Set<PrefixPath> = []
        var modules: [PrefixPath: Set<ByteString>] = [:]
        for file in files {
            if let status = try session.status(file), status.st_mode & S_IFMT == S_IFDIR {
                directories.insert(file)
            } else {
                try session.remove(file)
            }
            guard let parent = file.parent else { continue }
            directories.insert(parent)
            if file.name.hasSuffix(".py") {
                modules[parent, default: []].insert(ByteString(file.name.bytes.dropLast(3)))
            }
        }
        for (folder, names) in modules { try removeByteCode(of: names, in: folder, &directories) }
        removeEmpty(directories)
    }

    private func removeByteCode(
        of modules: Set<ByteString>, in folder: PrefixPath, _ directories: inout Set<PrefixPath>
    ) throws {
        let cache = folder.appending(try RelativePath("__pycache__"))
        for name in session.list(cache) where name.hasSuffix(".pyc") {
            guard modules.contains(ByteString(name.bytes.prefix { $0 != UInt8(ascii: ".") })) else { continue }
            try session.remove(cache.appending(try RelativePath(name)))
            directories.insert(cache)
        }
    }

    private func removeEmpty(_ directories: Set<PrefixPath>) {
        // The deepest first; a parent comes later than what is in it.
        var waiting = directories.sorted()
        while let directory = waiting.popLast() {
            if keptDirectories.contains(directory) { continue }
            if !session.removeDirectory(directory) {
                guard let empty = emptyDirectories(in: directory) else { continue }
                // The deepest come last.
                for path in empty.reversed() { _ = session.removeDirectory(path) }
                guard session.removeDirectory(directory) else { continue }
            }
            guard let parent = directory.parent, !directories.contains(parent) else { continue }
            let place = waiting.firstIndex { parent < $0 } ?? waiting.count
            if place == 0 || waiting[place - 1] != parent { waiting.insert(parent, at: place) }
        }
    }

    /// All directories in a directory, each before those in it; nil if there is anything else, or one that is to stay.
    private func emptyDirectories(in directory: PrefixPath) -> [PrefixPath]? {
        var found: [PrefixPath] = []
        var waiting = [directory]
        while let folder = waiting.popLast() {
            for name in session.list(folder) {
                guard let relative = try? RelativePath(name) else { return nil }
                let path = folder.appending(relative)
                guard !keptDirectories.contains(path), found.count < 10_000,
                    let status = try? session.status(path), status.st_mode & S_IFMT == S_IFDIR
                else { return nil }
                found.append(path)
                waiting.append(path)
            }
        }
        return found
    }
}
