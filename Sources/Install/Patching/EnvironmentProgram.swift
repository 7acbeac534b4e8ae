import Support

/// The `env` of this system, which starts the interpreters of scripts whose first line the kernel could not use.
enum EnvironmentProgram {
    /// Whether it takes `-S`, which splits the one argument that the kernel makes of the rest of a first line: GNU's since
    /// 8.30, those of BSD and macOS; not busybox's.
    static let splitsArguments: Bool = {
        let ending = try? ExternalProgram(path: "/usr/bin/env").run(["-S", "true -w"])
        return ending?.isSuccess ?? false
    }()
}
