import LibC
import Support

/// One worker's access to the prefix. It creates files, links and directories relative to directories that it keeps
/// open, and never through a symbolic link. Parents are created as needed.
///
/// A file or link at a path is replaced by rename, so that a process that has it open, or another name of it, keeps the
/// old content. A directory at the path is an error (docs/spec/install.md#methods).
final class PrefixSession {
    let writer: PrefixWriter
    private var directories: [PrefixPath: File] = [:]
    /// The one that was used last: most files are in the same folder as the one before.
    private var lastParent: (path: PrefixPath, directory: File)?
    private var meter = PlaceLatency.Meter()
    /// Whether this is the session of a thread of `FilesInFlight`.
    private let isWriter: Bool
    private let batch = FilesInFlight.Batch()
    /// The files that were handed over and may not be written yet.
    private var handedOver: Set<PrefixPath> = []

    /// How many directories stay open. Small, as sixteen workers share the usual limit of 1024 descriptors.
    private static let maximumOpenDirectories = 32

    init(_ writer: PrefixWriter, isWriter: Bool = false) {
        self.writer = writer
        self.isWriter = isWriter
    }

    /// When a new file appears under its name. A file that replaces another always appears when it is finished.
    enum Appearance {
        /// At once, still empty: this saves the rename.
        case atOnce
        /// When it is finished, so that a process that is killed leaves no half of it.
        case whenFinished
    }

    /// Creates or replaces a regular file. It gets this mode, without the bits that `PrefixWriter.permitted(_:)`
    /// removes. Write to it, then `finish` it.
    func create(_ path: PrefixPath, mode: UInt32, appears: Appearance = .atOnce) throws -> PrefixFile {
        guard meter.isSlow, appears == .atOnce, !isWriter, writer.inFlight != nil else {
            try settle()
            return try createNow(path, mode: mode, appears: appears)
        }
        // Of two files at one path the second stays.
        if handedOver.contains(path) { try settle() }
        return PrefixFile(FileInFlight(path, mode: mode, session: self), path: path)
    }

    /// Hands a file over to `FilesInFlight`; returns false if the caller has to write it.
    func hand(over contents: [UInt8], to path: PrefixPath, mode: UInt32, time: Int64?) throws -> Bool {
        handedOver.insert(path)
        return try writer.inFlight?.add(path, mode: mode, contents, time: time, batch, writer) == true
    }

    /// Waits for all files that were handed over: what comes next may depend on them.
    func settle() throws {
        if handedOver.isEmpty { return }
        handedOver.removeAll(keepingCapacity: true)
        try batch.wait()
    }

    /// As `create`, by this thread.
    func createNow(_ path: PrefixPath, mode: UInt32, appears: Appearance) throws -> PrefixFile {
        try describing(path, "create file") { directory, name in
            let mode = writer.permitted(mode)
            do throws(SystemError) {
                if appears == .whenFinished { throw SystemError(code: EEXIST, operation: "create") }
                let descriptor = try make(name, mode: mode, in: directory)
                return PrefixFile(descriptor: descriptor, directory: directory, name: name, path: path, isNew: true)
            } catch {
                guard error.code == EEXIST else { throw error }
                do throws(SystemError) {
                    try refuseDirectory(name, in: directory)
                } catch { if error.code != ENOENT { throw error } }
                let temporary = PrefixSession.temporaryName()
                let descriptor = try make(temporary, mode: mode, in: directory)
                return PrefixFile(
                    descriptor: descriptor, directory: directory, name: temporary, path: path, isNew: false)
            }
        }
    }

    private func make(_ name: ByteString, mode: UInt32, in directory: File) throws(SystemError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let descriptor = try meter.measure(writer.latency) { () throws(SystemError) in
            try Sys.open(name, flags, mode: mode_t(mode), at: directory.descriptor)
        }
        // Restores the bits that the umask of the process removed.
        if mode & ProcessUmask.original == 0 { return descriptor }
        do throws(SystemError) {
            try Sys.chmod(descriptor, mode: mode_t(mode))
            return descriptor
        } catch {
            try? Sys.close(descriptor)
            RemoveTree.discard(name, at: directory.descriptor)
            throw error
        }
    }

    /// Creates or replaces a symbolic link with that text.
    func makeSymbolicLink(_ path: PrefixPath, target: ByteString, time: Int64? = nil) throws {
        try at(path, "create symbolic link") { directory, name in
            try replacing(name, in: directory) { name throws(SystemError) in
                try Sys.symlink(target, at: name, directory: directory.descriptor)
                guard let time else { return }
                try Sys.setTimes(of: name, at: directory.descriptor, access: time, modification: time)
            }
        }
    }

    /// Makes `path` another name of the file or link at `existing`, replacing what is there. It becomes a copy if the
    /// file system has no hard links, or allows no more of them for this file.
    func makeHardLink(_ path: PrefixPath, to existing: PrefixPath) throws {
        if path == existing { return }
        let source = try parentDirectory(of: existing)
        try at(path, "create hard link") { directory, name in
            do {
                try replacing(name, in: directory) { name throws(SystemError) in
                    try Sys.link(
                        existing.name, to: name, fromDirectory: source.descriptor, toDirectory: directory.descriptor)
                }
            } catch let error as SystemError where [EPERM, EOPNOTSUPP, EMLINK, ENOSYS, EXDEV].contains(error.code) {
                try copy(existing, to: path)
            }
        }
    }

    private func copy(_ existing: PrefixPath, to path: PrefixPath) throws {
        guard let status = try status(existing) else {
            throw SystemError(code: ENOENT, operation: "copy '\(existing)'")
        }
        let time = Int64(status.st_mtim.tv_sec)
        if status.st_mode & S_IFMT == S_IFLNK {
            let target = try at(existing, "read") { directory, name in try Sys.readlink(name, at: directory.descriptor)
            }
            return try makeSymbolicLink(path, target: target, time: time)
        }
        try copyFile(existing, to: path, mode: UInt32(status.st_mode) & 0o7777, time: time)
    }

    /// Creates or replaces a file with the contents of another one of the prefix.
    func copyFile(_ existing: PrefixPath, to path: PrefixPath, mode: UInt32, time: Int64?) throws {
        let contents = try open(existing).slice()
        let copy = try create(path, mode: mode)
        try contents.forEachChunk { try copy.write($0) }
        try copy.finish(time: time)
    }

    /// Moves a file or link here from another folder, replacing what is there. It is copied if that folder is in another
    /// file system.
    func place(_ name: ByteString, from folder: File, at path: PrefixPath) throws {
        try at(path, "create file") { directory, last in
            do throws(SystemError) {
                try Sys.rename(name, to: last, fromDirectory: folder.descriptor, toDirectory: directory.descriptor)
            } catch {
                guard error.code == EXDEV else { throw error }
                try copy(name, from: folder, to: path)
            }
        }
    }

    /// Creates a directory with its parents, mode 0777 without the umask's bits; existing ones are left alone
    /// (docs/spec/install.md#folders).
    ///
    /// - Throws: `Failure` if something else is in the place of one of them.
    func makeDirectory(_ path: PrefixPath) throws {
        do {
            _ = try directory(path)
        } catch let error as SystemError {
            throw Failure(
                "could not create directory '\(path)'", cause: error,
                remedy: PrefixPlace.remedy)
        }
    }

    /// Opens a regular file for reading, never through a symbolic link.
    func open(_ path: PrefixPath) throws -> File {
        try at(path, "open") { directory, name in
            File(
                descriptor: try Sys.open(name, O_RDONLY | O_NOFOLLOW, at: directory.descriptor), path: path.bytes)
        }
    }

    /// Removes a file or link. It is fine if nothing is there; a directory is left alone.
    func remove(_ path: PrefixPath) throws {
        guard let status = try status(path), status.st_mode & S_IFMT != S_IFDIR else { return }
        try at(path, "remove") { directory, name in try Sys.unlink(name, at: directory.descriptor) }
    }

    /// Removes a directory if it is empty; returns whether it is gone.
    func removeDirectory(_ path: PrefixPath) -> Bool {
        try? settle()
        directories[path] = nil
        lastParent = nil
        do {
            if try status(path) == nil { return true }
            try at(path, "remove") { directory, name in
                try Sys.unlink(name, at: directory.descriptor, isDirectory: true)
            }
            return true
        } catch {
            return false
        }
    }

    /// The names in a directory; empty if it cannot be read.
    func list(_ path: PrefixPath) -> [ByteString] {
        try? settle()
        guard let parent = try? path.parent.map(existingDirectory) ?? writer.root,
            let folder = try? Sys.openDirectory(path.name, at: parent.descriptor, followLinks: false)
        else { return [] }
        return (try? Sys.list(folder.descriptor, describedAs: path.bytes)) ?? []
    }

    /// The status of what is at the path, without following links; nil if there is nothing, or if a folder above it is
    /// a link.
    func status(_ path: PrefixPath) throws -> stat? {
        try settle()
        do throws(SystemError) {
            let parent = try path.parent.map(existingDirectory) ?? writer.root
            return try Sys.stat(path.name, at: parent.descriptor, followLinks: false)
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.code) { return nil }
            throw Failure(
                "could not look at '\(path)'", cause: error,
                remedy: PrefixPlace.remedy)
        }
    }

    /// A directory that is opened component by component, none of which may be a link. Nothing is created.
    private func existingDirectory(_ path: PrefixPath) throws(SystemError) -> File {
        if let open = directories[path] { return open }
        let parent = try path.parent.map(existingDirectory) ?? writer.root
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        return keep(File(descriptor: try Sys.open(path.name, flags, at: parent.descriptor), path: path.bytes), path)
    }

    private func keep(_ directory: File, _ path: PrefixPath) -> File {
        if directories.count >= PrefixSession.maximumOpenDirectories { directories.removeAll(keepingCapacity: true) }
        directories[path] = directory
        return directory
    }

    /// Sets modification and access time, in seconds since 1970, of a file, or of a link itself.
    func setTime(_ path: PrefixPath, _ time: Int64) throws {
        try at(path, "set times of") { directory, name in
            try Sys.setTimes(of: name, at: directory.descriptor, access: time, modification: time)
        }
    }

    // MARK: Directories

    /// As `describing`, after waiting for the files that were handed over.
    private func at<Result: ~Copyable>(
        _ path: PrefixPath, _ operation: String, _ body: (File, ByteString) throws -> Result
    ) throws -> Result {
        try settle()
        return try describing(path, operation, body)
    }

    /// Calls `body` with the open parent of `path` and the last component. Errors name the operation and the path.
    private func describing<Result: ~Copyable>(
        _ path: PrefixPath, _ operation: String, _ body: (File, ByteString) throws -> Result
    ) throws -> Result {
        do {
            return try body(try parentDirectory(of: path), path.name)
        } catch {
            throw Failure("could not \(operation) '\(path)'", cause: error)
        }
    }

    private func parentDirectory(of path: PrefixPath) throws -> File {
        if let lastParent, path.relative.isChild(of: lastParent.path.relative) { return lastParent.directory }
        guard let parent = path.parent else { return writer.root }
        let directory = try directory(parent)
        lastParent = (parent, directory)
        return directory
    }

    /// Opens a directory relative to its parent, which is opened the same way: no component may be a link. One that is not
    /// there is made, in the parent that is open: whoever may write here cannot lead us elsewhere meanwhile.
    private func directory(_ path: PrefixPath) throws -> File {
        if let open = directories[path] { return open }
        let parent = try parentDirectory(of: path)
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        do throws(SystemError) {
            do throws(SystemError) {
                return keep(
                    File(descriptor: try Sys.open(path.name, flags, at: parent.descriptor), path: path.bytes), path)
            } catch {
                guard error.code == ENOENT else { throw error }
            }
            let mode = writer.masked(0o777)
            var isNew = true
            do throws(SystemError) {
                try meter.measure(writer.latency) { () throws(SystemError) in
                    try Sys.mkdir(path.name, mode: mode_t(mode), at: parent.descriptor)
                }
            } catch {
                // Another worker was quicker.
                guard error.code == EEXIST else { throw error }
                isNew = false
            }
            let made = File(descriptor: try Sys.open(path.name, flags, at: parent.descriptor), path: path.bytes)
            // What the umask of the process took away.
            if isNew, mode & ProcessUmask.original != 0 { try Sys.chmod(made.descriptor, mode: mode_t(mode)) }
            return keep(made, path)
        } catch {
            guard [ENOTDIR, ELOOP].contains(error.code) else { throw error }
            throw Failure(
                "could not create directory '\(path)': a file or link of that name is in the way",
                remedy: "Remove it, or unpack again with --force.")
        }
    }

    // MARK: Replacing

    /// Makes something under `name`. If the name is taken, it is made under another name, which is then renamed.
    private func replacing(
        _ name: ByteString, in directory: File, _ make: (ByteString) throws(SystemError) -> Void
    ) throws {
        do throws(SystemError) {
            try make(name)
        } catch {
            guard error.code == EEXIST else { throw error }
            try refuseDirectory(name, in: directory)
            let temporary = PrefixSession.temporaryName()
            do throws(SystemError) {
                try make(temporary)
                try Sys.rename(
                    temporary, to: name, fromDirectory: directory.descriptor, toDirectory: directory.descriptor)
                // Both names belong to one inode, in which case rename does nothing.
                try? Sys.unlink(temporary, at: directory.descriptor)
            } catch {
                try? Sys.unlink(temporary, at: directory.descriptor)
                throw error
            }
        }
    }

    private func refuseDirectory(_ name: ByteString, in directory: File) throws(SystemError) {
        let status = try Sys.stat(name, at: directory.descriptor, followLinks: false)
        if status.st_mode & S_IFMT == S_IFDIR { throw SystemError(code: EISDIR, operation: "replace '\(name)'") }
    }

    private static let purpose: ByteString = "pixi-pack"

    private static func temporaryName() -> ByteString { TemporaryName.make(for: purpose) }

    /// Whether this is the name of a file that is not complete.
    static func isTemporary(_ name: ByteString) -> Bool { TemporaryName.matches(name, for: purpose) }

    /// Removes what a killed update left in a directory. No other process may be using the environment.
    func sweep(_ folder: PrefixPath?) {
        for name in folder.map(list) ?? ((try? Sys.list(writer.root.descriptor, describedAs: writer.root.path)) ?? [])
        where PrefixSession.isTemporary(name) {
            guard let name = try? RelativePath(name) else { continue }
            try? remove(folder?.appending(name) ?? PrefixPath(name))
        }
    }
}
