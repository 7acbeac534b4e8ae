import LibC

/// Removing a directory with all that is in it.
///
/// Everything below the first name is reached through open directories, never by a path: anyone who may write in the
/// tree can replace a folder by a link at any moment, and what the link leads to must not be removed. Paths may be
/// longer than the system's limit and trees of any depth. Other file systems mounted in the tree are left alone, with
/// the folders they are in.
public enum RemoveTree {
    /// Removes a file, link or directory tree (`unlinkat(2)`); links are not followed. It is fine if nothing is at the
    /// path.
    ///
    /// - Throws: the first error, after everything that can be removed was removed.
    public static func remove(_ path: ByteString) throws(SystemError) {
        do throws(SystemError) {
            let parent = try Sys.openDirectory(path.parentPath)
            try remove(path.lastPathComponent, at: parent.descriptor)
        } catch {
            if error.code != ENOENT { throw error }
        }
    }

    /// Removes what has that name in an open directory.
    ///
    /// - Parameter expected: which directory it must be. Another one, which somebody put in its place, is left alone.
    public static func remove(
        _ name: ByteString, at directory: Int32, expected: FileIdentity? = nil
    ) throws(SystemError) {
        guard !name.isEmpty, name != ".", name != ".." else {
            throw SystemError(code: EINVAL, operation: "remove '\(name)'")
        }
        var removal = TreeRemoval(in: directory)
        removal.removeAll([name], expected: expected)
        if let error = removal.error { throw error }
    }

    /// Removes something that is no longer needed, and tries twice. What cannot be removed stays; the next run finds it
    /// by its name.
    public static func discard(_ path: ByteString) {
        do throws(SystemError) {
            try remove(path)
        } catch {
            try? remove(path)
        }
    }

    /// The same for a name in an open directory; see `remove(_:at:expected:)`.
    public static func discard(_ name: ByteString, at directory: Int32, expected: FileIdentity? = nil) {
        do throws(SystemError) {
            try remove(name, at: directory, expected: expected)
        } catch {
            try? remove(name, at: directory, expected: expected)
        }
    }

    /// Empties an open directory.
    ///
    /// - Parameter path: what it is called in errors.
    public static func removeContents(of directory: Int32, describedAs path: ByteString) throws(SystemError) {
        let names = try Sys.list(directory, describedAs: path)
        var removal = TreeRemoval(in: directory)
        removal.removeAll(names)
        if let error = removal.error { throw error }
    }
}
