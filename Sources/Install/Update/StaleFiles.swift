import LibC
import Support

/// Removes files of former packages from an environment, the byte code made from them, and directories that have no
/// files left: a wheel may have brought empty ones, which nothing lists later. Files that are gone already are fine, as
/// an interrupted update may be run again.
struct StaleFiles {
    let session: PrefixSession
    /// Whether the new environment has a directory.
    let keepsDirectory: (PrefixPath) -> Bool

    /// - Throws: `Failure` naming the file that cannot be removed.
    func remove(_ files: [PrefixPath]) throws {
        var directories: Set<PrefixPath> = []
        for file in files {
            try Interruption.check()
            if let status = try session.status(file), status.st_mode & S_IFMT == S_IFDIR {
                directories.insert(file)
            } else {
                try session.remove(file)
            }
            if let parent = file.parent { directories.insert(parent) }
        }
        removeEmpty(directories)
    }

    /// Removes byte code that Python made from modules that are gone or have changed. Python compares only the time and
    /// size of the source, and so does not notice every change.
    ///
    /// - Parameter shipped: which of the files Python did not make, as they are files of packages that stay.
    func removeByteCode(of modules: Set<PrefixPath>, except shipped: (Set<PrefixPath>) -> Set<PrefixPath>) throws {
        var names: [PrefixPath: Set<ByteString>] = [:]
        for module in modules where module.name.hasSuffix(".py") {
            guard let parent = module.parent else { continue }
            names[parent, default: []].insert(ByteString(module.name.bytes.dropLast(3)))
        }
        var files: Set<PrefixPath> = []
        for (folder, names) in names {
            let cache = folder.appending(try RelativePath("__pycache__"))
            for name in session.list(cache) where StaleFiles.isByteCode(name, of: names) {
                files.insert(cache.appending(try RelativePath(name)))
            }
        }
        if files.isEmpty { return }
        files.subtract(shipped(files))
        for file in files { try session.remove(file) }
        removeEmpty(Set(files.compactMap(\.parent)))
    }

    /// Whether a file of a `__pycache__` was made from one of these modules.
    static func isByteCode(_ name: ByteString, of modules: Set<ByteString>) -> Bool {
        name.hasSuffix(".pyc") && modules.contains(ByteString(name.bytes.prefix { $0 != UInt8(ascii: ".") }))
    }

    private func removeEmpty(_ directories: Set<PrefixPath>) {
        // The deepest directory first, so that a parent comes after everything in it.
        var waiting = directories.sorted()
        while let directory = waiting.popLast() {
            if keepsDirectory(directory) { continue }
            if !session.removeDirectory(directory) {
                guard let empty = emptyDirectories(in: directory) else { continue }
                // The deepest ones are last.
                for path in empty.reversed() { _ = session.removeDirectory(path) }
                guard session.removeDirectory(directory) else { continue }
            }
            guard let parent = directory.parent, !directories.contains(parent) else { continue }
            let place = waiting.firstIndex { parent < $0 } ?? waiting.count
            if place == 0 || waiting[place - 1] != parent { waiting.insert(parent, at: place) }
        }
    }

    /// All directories in a directory, outer ones first; nil if there is anything else in it, or a directory that has
    /// to stay.
    private func emptyDirectories(in directory: PrefixPath) -> [PrefixPath]? {
        var found: [PrefixPath] = []
        var waiting = [directory]
        while let folder = waiting.popLast() {
            for name in session.list(folder) {
                guard let relative = try? RelativePath(name) else { return nil }
                let path = folder.appending(relative)
                guard !keepsDirectory(path), found.count < 10_000,
                    let status = try? session.status(path), status.st_mode & S_IFMT == S_IFDIR
                else { return nil }
                found.append(path)
                waiting.append(path)
            }
        }
        return found
    }
}
