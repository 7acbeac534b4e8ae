import Support

/// The credentials container engines have for registries (containers-auth.json(5), Docker's config.json). Read when a
/// registry asks for it.
final class ContainerConfiguration: Sendable {
    enum Credential: Sendable, Equatable {
        case basic(user: String, password: String)
        case identityToken(String)
    }

    /// A file of credentials.
    private struct AuthFile: Sendable {
        let path: ByteString
        /// By registry, with or without a part of the repository.
        var entries: [String: Credential] = [:]
        /// Programs by registry.
        var helpers: [String: String] = [:]
        var helperForAll: String?
    }

    private let environment: ProcessEnvironment
    private let reporter: any Reporter
    private let known = Locked<[AuthFile]?>(nil)

    init(_ environment: ProcessEnvironment, reporter: any Reporter) {
        self.environment = environment
        self.reporter = reporter
    }

    // MARK: Credentials

    /// The credential for a repository: the file that knows it first, in it the longest name.
    func credential(for host: String, _ repository: String) -> Credential? {
        var names = [host]
        for part in repository.split(separator: "/") { names.append("\(names.last ?? host)/\(part)") }
        names.reverse()
        if host == "docker.io" || host == "registry-1.docker.io" { names += ["index.docker.io", "docker.io"] }
        for file in files() {
            for name in names {
                if let helper = file.helpers[name], let found = ask(helper, name) { return found }
                if let found = file.entries[name] { return found }
            }
            if let helper = file.helperForAll, let found = ask(helper, names.last ?? host) { return found }
        }
        return nil
    }

    private func files() -> [AuthFile] {
        known.withLock { known in
            if let known { return known }
            let found = paths.compactMap { read($0) }
            known = found
            return found
        }
    }

    private var paths: [ByteString] {
        let auth: ByteString = "containers/auth.json"
        var paths: [ByteString] = []
        if let path = environment.bytes("REGISTRY_AUTH_FILE") { paths.append(path) }
        if let path = environment.bytes("XDG_RUNTIME_DIR") { paths.append(path.appending(path: auth)) }
        if let path = environment.configHome ?? environment.home?.appending(path: ".config") {
            paths.append(path.appending(path: auth))
        }
        if let path = environment.bytes("DOCKER_CONFIG") ?? environment.home?.appending(path: ".docker") {
            paths.append(path.appending(path: "config.json"))
        }
        return paths
    }

    /// Nil if there is none. One that cannot be read is worth a warning, not an error.
    private func read(_ path: ByteString) -> AuthFile? {
        guard (try? Sys.exists(path)) == true else { return nil }
        do {
            let root = try JSONDocument(File.openGiven(path).slice().readAll(limit: 16 << 20)).root
            var file = AuthFile(path: path)
            for member in root.present("auths")?.members.map(Array.init) ?? [] {
                let name = ContainerConfiguration.plain(member.name.lossyString)
                file.entries[name] = ContainerConfiguration.credential(member.value)
            }
            for member in root.present("credHelpers")?.members.map(Array.init) ?? [] {
                file.helpers[ContainerConfiguration.plain(member.name.lossyString)] = member.value.string
            }
            file.helperForAll = root.present("credsStore")?.string
            return file
        } catch {
            reporter.warn("the credentials of container engines in '\(path)' are not used: \(error)")
            return nil
        }
    }

    /// `https://index.docker.io/v1/` is `index.docker.io`.
    private static func plain(_ key: String) -> String {
        var key = key[...]
        for scheme in ["https://", "http://"] where key.hasPrefix(scheme) { key = key.dropFirst(scheme.count) }
        while key.hasSuffix("/") { key = key.dropLast() }
        for version in ["/v1", "/v2"] where key.hasSuffix(version) { key = key.dropLast(version.count) }
        return String(key)
    }

    private static func credential(_ entry: JSONValue) -> Credential? {
        if let token = entry.present("identitytoken")?.string, !token.isEmpty { return .identityToken(token) }
        if let user = entry.present("username")?.string, let password = entry.present("password")?.string {
            return .basic(user: user, password: password)
        }
        guard let text = entry.present("auth")?.string, let bytes = Base64.standard.decode(text.utf8),
            let pair = ByteString(bytes).string
        else { return nil }
        let parts = pair.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        return .basic(user: String(parts[0]), password: String(parts[1]))
    }

    /// Asks a credential helper (the protocol of docker-credential-helpers): it reads the registry's name and answers
    /// with JSON.
    private func ask(_ helper: String, _ name: String) -> Credential? {
        let program = ByteString("docker-credential-\(helper)")
        guard !helper.contains("/"),
            let found = ExternalProgram.find(program, searchPath: environment.bytes("PATH"))
        else {
            reporter.warn("the credential helper '\(program)' is not there")
            return nil
        }
        let server = name == "index.docker.io" || name == "docker.io" ? "https://index.docker.io/v1/" : name
        let script: ByteString = "printf %s \"$1\" | \"$0\" get 2>/dev/null"
        guard
            let ending = try? ExternalProgram(path: "/bin/sh").run(["-c", script, found.path, ByteString(server)]),
            ending.isSuccess, let answer = try? JSONDocument(ending.output.bytes).root,
            let user = answer.present("Username")?.string, let secret = answer.present("Secret")?.string
        else {
            reporter.debug("the credential helper '\(program)' knows nothing of '\(server)'")
            return nil
        }
        return user == "<token>" ? .identityToken(secret) : .basic(user: user, password: secret)
    }
}
