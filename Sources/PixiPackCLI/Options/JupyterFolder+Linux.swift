#if os(Linux)
import Support

extension JupyterFolder {
    /// The folder of a person.
    ///
    /// - Parameter data: the value of `XDG_DATA_HOME`.
    static func personal(home: ByteString, data: ByteString?) -> ByteString {
        (data ?? home.appending(path: ".local/share")).appending(path: "jupyter")
    }
}
#endif
