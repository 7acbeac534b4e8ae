import CondaModel
import Support

/// What pixi takes a platform to have.
enum PixiPlatform {
    /// The virtual packages of a platform as pixi writes them: those the lock file names, else what a platform without
    /// any is assumed to have, with the manifest's `[system-requirements]`.
    ///
    /// - Parameter manifest: the root of pixi.toml, or `tool.pixi` of pyproject.toml.
    static func virtualPackages(of environment: LockedEnvironment, manifest: JSONValue) -> [String] {
        if !environment.platform.virtualPackages.isEmpty { return environment.platform.virtualPackages }
        let subdir = environment.platform.subdir
        var required = requirements(of: environment.name, subdir, in: manifest)
        for (name, text) in defaults(of: subdir) where required[name] == nil { required[name] = text }
        return required.sorted { ByteString($0.key) < ByteString($1.key) }.map { "\($0.key)=\($0.value)" }
    }

    /// The highest version of each that a feature of the environment asks for.
    private static func requirements(
        of environment: String, _ subdir: Platform, in manifest: JSONValue
    ) -> [String: String] {
        var found: [String: String] = [:]
        func add(_ name: String, _ version: String?) {
            guard let version, let number = try? CondaVersion(version) else { return }
            if let other = found[name].flatMap({ try? CondaVersion($0) }), other >= number { return }
            found[name] = version
        }
        for feature in WorkspaceFeatures.features(of: environment, in: manifest) {
            guard let table = feature.present("system-requirements") else { continue }
            if !subdir.isMacOS { add("__cuda", table.present("cuda")?.string) }
            if subdir.isMacOS { add("__osx", table.present("macos")?.string) }
            guard subdir.isLinux else { continue }
            add("__linux", table.present("linux")?.string)
            let libc = table.present("libc")
            let family = libc?.present("family")?.string?.lowercased() ?? "glibc"
            add("__\(family)", libc?.string ?? libc?.present("version")?.string)
        }
        return found
    }

    private static func defaults(of subdir: Platform) -> [String: String] {
        var packages: [String: String] = [:]
        if !subdir.isWindows { packages["__unix"] = "0=0" }
        if subdir.isLinux { packages.merge(["__linux": "4.18", "__glibc": "2.28"]) { $1 } }
        if subdir.isMacOS { packages["__osx"] = "13.0" }
        if subdir.isWindows { packages["__win"] = "10.0" }
        if let processor = processors[subdir.rawValue] { packages["__archspec"] = "0=\(processor)" }
        return packages
    }

    /// The least that a machine of a platform has, by the names of archspec.
    private static let processors = [
        "linux-64": "x86_64", "osx-64": "x86_64", "win-64": "x86_64", "linux-32": "x86", "win-32": "x86",
        "linux-aarch64": "aarch64", "linux-armv6l": "aarch64", "linux-armv7l": "aarch64", "win-arm64": "aarch64",
        "osx-arm64": "m1", "linux-ppc64le": "ppc64le", "linux-ppc64": "ppc64", "linux-s390x": "s390x",
        "linux-riscv32": "riscv32", "linux-riscv64": "riscv64",
    ]
}
