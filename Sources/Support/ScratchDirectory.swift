#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A directory only we can enter, for programs that leave their results in files; removed with all that is in it when
/// the last reference goes.
public final class ScratchDirectory: Sendable {
    /// Absolute if `TMPDIR` is.
    public let path: ByteString

    /// Makes one in `TMPDIR`, else in `/tmp`.
    ///
    /// - Throws: `Failure` naming the directory it was to be made in.
    public convenience init() throws {
        try self.init(in: environmentValue("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp")
    }

    /// Makes one in `parent`, hidden.
    public init(in parent: ByteString) throws {
        path = try describing(
            "could not make a temporary directory in '\(parent)'", remedy: "Set TMPDIR to another one."
        ) {
            var random = SystemRandomNumberGenerator()
            while true {
                let number = String(random.next(), radix: 36)
                let path = parent.appending(path: ByteString(".pixi-pack-\(number)"))
                do {
                    try Sys.mkdir(path, mode: 0o700)
                    return path
                } catch let error as SystemError where error.code == EEXIST { continue }
            }
        }
    }

    deinit { ScratchDirectory.remove(path) }

    /// Links are removed, never followed; what cannot be removed stays.
    private static func remove(_ path: ByteString) {
        guard let status = try? Sys.stat(path, followLinks: false) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            try? Sys.unlink(path)
            return
        }
        for name in (try? Sys.list(path)) ?? [] { remove(path.appending(path: name)) }
        try? Sys.unlink(path, isDirectory: true)
    }
}
