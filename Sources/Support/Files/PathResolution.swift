import LibC

/// Resolves where a path leads, once: the result has no link and no `..` left that could change between two uses of it.
public enum PathResolution {
    private static let maximumLinks = 40

    /// The path without links and dots. It need not exist: the part that does not exist yet is kept as written.
    ///
    /// A link in a folder that everybody may write to (`/tmp`) is not followed if it belongs to somebody else, as with
    /// the kernel's `protected_symlinks`.
    ///
    /// - Parameter path: absolute.
    /// - Throws: `Failure` naming a link that must not be followed, or that leads in a circle.
    public static func resolve(_ path: ByteString) throws -> ByteString {
        var result: ByteString = "/"
        var waiting = components(path)
        var links = 0
        while let component = waiting.popLast() {
            if component == ".." {
                result = result.parentPath
                continue
            }
            let next = result.appending(path: component)
            guard let status = try? Sys.stat(next, followLinks: false), status.st_mode & S_IFMT == S_IFLNK,
                // A link that leads nowhere is kept as it is.
                let target = try? Sys.stat(next), let text = try? Sys.readlink(next)
            else {
                result = next
                continue
            }
            try requireTrusted(status, next, in: result)
            links += 1
            if links > maximumLinks { throw SystemError(code: ELOOP, operation: "resolve '\(path)'") }
            let place = result.appending(path: text)
            // Links in /proc may lead elsewhere than their text says.
            guard let found = try? Sys.stat(place), FileIdentity(found) == FileIdentity(target) else {
                result = next
                continue
            }
            if text.hasPrefix("/") { result = "/" }
            waiting += components(text)
        }
        return result
    }

    /// The components, last one first.
    private static func components(_ path: ByteString) -> [ByteString] {
        path.bytes.split(separator: UInt8(ascii: "/")).reversed().map { ByteString($0) }.filter { $0 != "." }
    }

    private static func requireTrusted(_ link: stat, _ path: ByteString, in folder: ByteString) throws {
        if Ownership.isTrusted(link) { return }
        let directory = try Sys.stat(folder)
        let isOpenToAll = directory.st_mode & S_ISVTX != 0 && directory.st_mode & S_IWOTH != 0
        if !isOpenToAll || directory.st_uid == link.st_uid { return }
        throw Failure(
            "the link '\(path)' belongs to \(Ownership.owner(link)), and everybody may write to '\(folder)'",
            remedy: "Name the folder itself if it is the one that is meant.")
    }
}
