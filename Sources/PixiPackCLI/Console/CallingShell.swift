import Install
import LibC
import Support

/// The shell a person types in.
enum CallingShell {
    /// The program that started this one, if it is a shell with a script of its own; else that of `SHELL`; else bash.
    static func find() -> Shell {
        for name in [parent(), environmentValue("SHELL")?.lastPathComponent] {
            if let name, let shell = try? Shell(named: name.lossyString) { return shell }
        }
        return .bash
    }

    /// The name of the program that started this one, where the system tells.
    private static func parent() -> ByteString? {
        guard let file = try? File.open(ByteString("/proc/\(getppid())/comm")) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = try? bytes.withUnsafeMutableBytes { try Sys.read(file.descriptor, into: $0, at: 0) }
        return ByteString(bytes.prefix(count ?? 0).prefix { $0 != 0x0A })
    }
}
