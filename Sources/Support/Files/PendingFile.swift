import LibC

/// A file that is being written under a hidden name beside its target. It gets the target's name when it is complete,
/// and is removed if that never happens.
public final class PendingFile: Sendable {
    /// The file to write to.
    public let file: File
    /// Where the file will be, with the links of the given path resolved: if the path is a link, it stays one.
    public let target: ByteString
    /// The hidden name it has until then.
    public let temporary: ByteString
    private let isCommitted = Locked(false)

    /// Removes what killed runs left for this target.
    ///
    /// - Throws: `Failure` naming the target if nothing can be written beside it, or a directory is in its place.
    public init(target path: ByteString) throws {
        (file, target, temporary) = try describing("could not create '\(path)'") {
            let target = try PendingFile.resolve(path)
            if let status = try? Sys.stat(target), status.st_mode & S_IFMT == S_IFDIR {
                throw Failure("there is a directory of that name")
            }
            let (name, folder) = (target.lastPathComponent, target.parentPath)
            HiddenTemporary.sweep(name, in: folder)
            let (descriptor, temporary) = try describing(
                "its folder cannot be written to",
                remedy: (try? Sys.exists(folder)) == false
                    ? "Create the folder '\(folder)' first, or name another."
                    : "Look who may write to the folder '\(folder)', or name another."
            ) { try HiddenTemporary.file(for: name, in: folder) }
            return (File(descriptor: descriptor, path: target), target, temporary)
        }
    }

    /// Gives the file its name (`rename(2)`), replacing what was there before.
    public func commit() throws { try commit(as: target) }

    /// Gives the file a name that was not known when it was begun, in the same folder.
    public func commit(as target: ByteString) throws {
        try describing("could not create '\(target)'") {
            try Sys.reportDelayedErrors(file.descriptor)
            try Sys.rename(temporary, to: target)
        }
        isCommitted.withLock { $0 = true }
    }

    deinit { if !isCommitted.withLock({ $0 }) { RemoveTree.discard(temporary) } }

    private static func resolve(_ path: ByteString) throws -> ByteString {
        var path = path
        for _ in 0..<40 {
            guard let status = try? Sys.stat(path, followLinks: false), status.st_mode & S_IFMT == S_IFLNK else {
                return path
            }
            path = path.parentPath.appending(path: try Sys.readlink(path))
        }
        throw Failure("too many levels of symbolic links")
    }
}
