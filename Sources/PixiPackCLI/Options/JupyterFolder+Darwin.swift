#if canImport(Darwin)
import Support

extension JupyterFolder {
    /// The folder of a person.
    static func personal(home: ByteString, data: ByteString?) -> ByteString { home.appending(path: "Library/Jupyter") }
}
#endif
