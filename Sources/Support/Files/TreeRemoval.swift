import LibC

/// Removes trees with a walk that neither recurses nor holds many directories open, however deep they are.
struct TreeRemoval {
    /// The first thing that went wrong.
    private(set) var error: SystemError?
    /// The open directory the trees are in. It is not closed here.
    private let base: Int32
    /// The directories from the outermost one to the one the walk is in.
    private var levels: [Level] = []

    /// How many directories stay open. Those further up are opened again by `..`, and compared with what they were.
    private static let maximumOpen = 16
    /// How often a directory is read again: somebody may go on putting things into it.
    private static let maximumPasses = 3

    private struct Level {
        let name: ByteString
        let identity: FileIdentity
        /// The names that are still to be removed.
        var names: [ByteString]
        var directory: File?
        var passes = 1
        var isWritable: Bool
    }

    init(in directory: Int32) { base = directory }

    /// Removes what has these names in the base directory.
    mutating func removeAll(_ names: [ByteString], expected: FileIdentity? = nil) {
        for name in names {
            removeOne(name, expected: expected)
            while !levels.isEmpty { step() }
        }
    }

    private var current: Int32 { levels.last?.directory?.descriptor ?? base }

    private mutating func note(_ error: SystemError) {
        if self.error == nil { self.error = error }
    }

    private mutating func step() {
        guard let name = levels[levels.count - 1].names.popLast() else { return leave() }
        removeOne(name)
    }

    /// Removes a file or link, or enters a directory.
    private mutating func removeOne(_ name: ByteString, expected: FileIdentity? = nil) {
        do throws(SystemError) {
            // Most names are files. For a directory the call fails, and it is entered instead.
            try unlink(name, isDirectory: false)
        } catch {
            if error.code == ENOENT { return }
            guard [EISDIR, EPERM, EACCES].contains(error.code) else { return note(error) }
            do throws(SystemError) {
                try enter(name, expected: expected)
            } catch let other {
                // It is not a directory: report why it could not be removed as a file.
                note([ENOTDIR, ELOOP].contains(other.code) ? error : other)
            }
        }
    }

    private mutating func unlink(_ name: ByteString, isDirectory: Bool) throws(SystemError) {
        do throws(SystemError) {
            try Sys.unlink(name, at: current, isDirectory: isDirectory)
        } catch {
            guard error.code == EACCES, let level = levels.last, !level.isWritable else { throw error }
            // Our own directory, whose mode does not let its owner write in it.
            levels[levels.count - 1].isWritable = true
            guard (try? Sys.chmod(current, mode: 0o700)) != nil else { throw error }
            try Sys.unlink(name, at: current, isDirectory: isDirectory)
        }
    }

    private mutating func enter(_ name: ByteString, expected: FileIdentity?) throws(SystemError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        let descriptor: Int32
        do throws(SystemError) {
            descriptor = try Sys.open(name, flags, at: current)
        } catch {
            guard error.code == EACCES, (try? Sys.chmod(name, mode: 0o700, at: current)) != nil else { throw error }
            descriptor = try Sys.open(name, flags, at: current)
        }
        let directory = File(descriptor: descriptor, path: name)
        let status = try Sys.stat(descriptor)
        let identity = FileIdentity(status)
        if let expected, identity != expected {
            throw SystemError(code: ESTALE, operation: "remove '\(name)'")
        }
        if let outer = levels.first?.identity, !identity.isOnDevice(of: outer) {
            throw SystemError(code: EBUSY, operation: "remove '\(name)'")
        }
        levels.append(
            Level(
                name: name, identity: identity, names: try Sys.list(descriptor, describedAs: name),
                directory: directory, isWritable: status.st_mode & S_IWUSR != 0))
        if levels.count > Self.maximumOpen { levels[levels.count - 1 - Self.maximumOpen].directory = nil }
    }

    /// Removes the directory the walk is in, now empty, and goes back to its parent.
    private mutating func leave() {
        let level = levels.removeLast()
        do throws(SystemError) {
            try reopenLast(from: level)
        } catch {
            // Without the parent nothing further up can be reached.
            levels.removeAll()
            return note(error)
        }
        do throws(SystemError) {
            try unlink(level.name, isDirectory: true)
        } catch {
            guard error.code != ENOENT else { return }
            guard [ENOTEMPTY, EEXIST].contains(error.code), level.passes < Self.maximumPasses, self.error == nil,
                let directory = level.directory
            else { return note(error) }
            do throws(SystemError) {
                var again = level
                again.names = try Sys.list(directory.descriptor, describedAs: level.name)
                again.passes += 1
                levels.append(again)
            } catch { note(error) }
        }
    }

    /// Opens the parent again by `..` if it was closed to save descriptors, and checks that it is the same directory.
    private mutating func reopenLast(from child: Level) throws(SystemError) {
        guard let parent = levels.last, parent.directory == nil, let directory = child.directory else { return }
        let descriptor = try Sys.open("..", O_RDONLY | O_DIRECTORY, at: directory.descriptor)
        let file = File(descriptor: descriptor, path: parent.name)
        guard FileIdentity(try Sys.stat(descriptor)) == parent.identity else {
            throw SystemError(code: ESTALE, operation: "go back from '\(child.name)', which was moved meanwhile")
        }
        levels[levels.count - 1].directory = file
    }
}
