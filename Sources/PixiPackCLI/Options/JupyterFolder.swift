import Support

/// Where Jupyter looks for what a person has installed (jupyter_core's `jupyter_data_dir`).
enum JupyterFolder {
    /// The folder of kernel specs: in `JUPYTER_DATA_DIR`, else in the folder for a person's data.
    ///
    /// - Throws: `Failure` if none of the variables is set that tell.
    static func kernels() throws -> ByteString {
        func variable(_ name: String) -> ByteString? {
            Terminal.variable(name).flatMap { $0.isEmpty ? nil : ByteString($0) }
        }
        let own: ByteString? =
            variable("HOME").map { personal(home: $0, data: variable("XDG_DATA_HOME")) }
        guard let data = variable("JUPYTER_DATA_DIR") ?? own else {
            throw Failure(
                "there is no folder for the Jupyter kernel: neither JUPYTER_DATA_DIR nor HOME is set",
                remedy: "Set JUPYTER_DATA_DIR, for example to /usr/local/share/jupyter for all users.")
        }
        return data.appending(path: "kernels")
    }
}
