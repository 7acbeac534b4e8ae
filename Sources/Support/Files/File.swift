import LibC

/// An open file, which is closed when its last reference goes. Safe to share between threads: all access is by offset.
public final class File: Sendable {
    /// The file descriptor, which belongs to this object.
    public let descriptor: Int32
    /// The path it was opened by, for messages.
    public let path: ByteString

    /// Takes ownership of the descriptor.
    public init(descriptor: Int32, path: ByteString) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens a regular file for reading. Anything else is refused at once: a named pipe would make us wait for a
    /// writer, and a device has no end. For a file that a person names, which may be a stream, use `openGiven`.
    ///
    /// - Throws: `SystemError`, or `Failure` saying what is there instead.
    public static func open(_ path: ByteString) throws -> File {
        let file = File(descriptor: try Sys.open(path, O_RDONLY | O_NONBLOCK), path: path)
        if let kind = FileKind(try file.status().st_mode).nameOfOther {
            throw Failure("'\(path)' is \(kind), not a regular file", remedy: "Name a regular file.")
        }
        return file
    }

    deinit { try? Sys.close(descriptor) }

    /// Size in bytes.
    public func size() throws -> Int64 { Int64(try status().st_size) }

    /// Its kind, size, mode and times.
    public func status() throws -> stat {
        do throws(SystemError) {
            return try Sys.stat(descriptor)
        } catch {
            throw SystemError(code: error.code, operation: "stat '\(path)'")
        }
    }

    /// The whole file as a slice.
    public func slice() throws -> FileSlice { FileSlice(file: self, offset: 0, length: try size()) }
}
