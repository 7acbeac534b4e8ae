import CondaModel
import Install
import Support

/// The environment that an image holds, as it is where the image is used.
struct ImagedEnvironment {
    let prefix: FinalPrefix
    let platform: Platform
    /// The time of everything in the image, in seconds since 1970.
    let date: Int64
    let activation: ActivationFiles

    /// Its activation scripts.
    ///
    /// - Parameter folder: where they are in the image: in a container beside the environment, as on the disk; else in the
    ///   environment, which has nothing beside it.
    func scripts(_ sources: ActivationSources, in folder: ByteString) throws -> [Installer.Companion] {
        try activation.scripts(prefix: prefix.path, sources).map { name, bytes in
            let path = folder.appending(path: name)
            return Installer.Companion(path: try RelativePath(ByteString(path.bytes.dropFirst())), bytes: bytes)
        }
    }

    /// The variables of its activation as a container has them: without a shell that would expand or compute them. What
    /// is left out is said to `reporter`.
    func variables(_ sources: ActivationSources, _ reporter: any Reporter) -> [(name: String, value: String)] {
        let path = prefix.path.lossyString
        var variables = [("PATH", path + "/bin"), ("CONDA_PREFIX", path), ("CONDA_SHLVL", "1")]
        var left: [String] = []
        for variable in sources.variables {
            if variable.isExpanded {
                left.append(variable.name.lossyString)
            } else {
                variables.append((variable.name.lossyString, variable.value.lossyString))
            }
        }
        let scripts = sources.activationScripts(for: .bash)
        if !scripts.isEmpty || !left.isEmpty {
            let what = scripts.map(\.lossyString) + left
            reporter.warn(
                "the image does not have what only a shell can set: \(what.listed()); start programs by "
                    + "'. \(prefix.path.parentPath.appending(path: "activate.sh"))' where they need it")
        }
        return variables
    }
}
