#if canImport(Darwin)
import LibC
import Support

extension RuntimeSource {
    /// The file that runs, if the system tells.
    static func runningFile() -> File? {
        var size: UInt32 = 4096
        var path = [CChar](repeating: 0, count: Int(size))
        guard _NSGetExecutablePath(&path, &size) == 0 else { return nil }
        return try? File.open(ByteString(cString: path))
    }
}
#endif
