import LibC
import Support

/// A fresh directory, removed with everything in it when the last reference goes.
public final class TemporaryDirectory: Sendable {
    public let path: ByteString

    public init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/pixi-pack-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(code: errno, operation: "mkdtemp") }
        path = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { ByteString(cString: $0) } ?? ByteString()
        }
    }

    deinit { TemporaryDirectory.remove(path) }

    private static func remove(_ path: ByteString) {
        if let status = try? Sys.stat(path, followLinks: false), status.st_mode & S_IFMT == S_IFDIR {
            // A test may leave a folder without permissions.
            _ = path.withCString { chmod($0, 0o700) }
            for name in (try? Sys.list(path)) ?? [] { remove(path.appending(path: name)) }
            try? Sys.unlink(path, isDirectory: true)
        } else {
            try? Sys.unlink(path)
        }
    }

    /// The path of a name in the directory.
    public func callAsFunction(_ name: String) -> ByteString { path.appending(path: ByteString(name)) }

    /// Writes a file below the directory, making its parents, and returns its path.
    @discardableResult
    public func write(_ name: String, _ contents: [UInt8]) throws -> ByteString {
        let target = self(name)
        var parents: [ByteString] = []
        var parent = target.parentPath
        while parent.count > path.count {
            parents.append(parent)
            parent = parent.parentPath
        }
        for directory in parents.reversed() where try !Sys.exists(directory) { try Sys.mkdir(directory) }
        let descriptor = try Sys.open(target, O_WRONLY | O_CREAT | O_TRUNC)
        defer { try? Sys.close(descriptor) }
        try contents.withUnsafeBytes { try Sys.writeAll(descriptor, $0) }
        return target
    }

    @discardableResult
    public func write(_ name: String, _ text: String) throws -> ByteString { try write(name, Array(text.utf8)) }

    /// The whole content of a file below the directory.
    public func read(_ name: String) throws -> [UInt8] { try File.open(self(name)).slice().readAll() }
}
