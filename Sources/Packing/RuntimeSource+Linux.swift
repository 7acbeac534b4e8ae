#if os(Linux)
import Support

extension RuntimeSource {
    /// The file that runs, if the system tells. It stays right when the file was renamed or replaced since.
    static func runningFile() -> File? { try? File.open("/proc/self/exe") }
}
#endif
