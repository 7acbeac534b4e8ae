import CondaModel
import Support

/// Settings of a workspace's own `.pixi/config.toml` that change from which server packages are fetched, or turn off the
/// check of its certificate. The workspace may be a stranger's: such settings are announced, and credentials are not sent
/// over a connection that only the workspace calls safe.
public struct WorkspaceInfluence: Sendable {
    /// The file.
    public let path: ByteString
    /// `tls-no-verify = true`, for messages; without secrets.
    public let settings: [String]
    /// Only the workspace turns off the check of certificates.
    let disablesVerification: Bool
    /// Its proxy for plain HTTP is the one that is used, as far as configuration files decide.
    let setsPlainProxy: Bool
    /// The prefixes it sends to mirrors that are asked in plain HTTP.
    let plainMirrors: Set<WebURL>

    /// - Parameters:
    ///   - workspace: what its file sets.
    ///   - own: what the user's files and those of `--config` set.
    ///   - explicit: what the files of `--config` set, which win over the workspace.
    /// - Returns: nil if it changes nothing of the kind.
    init?(_ workspace: Configuration, at path: ByteString, own: Configuration, explicit: Configuration) {
        var settings: [String] = []
        let verifies = workspace.tlsNoVerify?.value == true && explicit.tlsNoVerify == nil
        disablesVerification = verifies && own.tlsNoVerify?.value != true
        if disablesVerification { settings.append("tls-no-verify = true") }
        if let roots = workspace.tlsRootCerts, explicit.tlsRootCerts == nil, own.tlsRootCerts?.value != roots.value {
            settings.append("tls-root-certs = \(roots.value)")
        }
        func proxy(_ name: String, _ field: KeyPath<Configuration, Sourced<WebURL>?>) -> Bool {
            guard let proxy = workspace[keyPath: field], explicit[keyPath: field] == nil,
                own[keyPath: field]?.value != proxy.value
            else { return false }
            settings.append("proxy-config.\(name) = \(proxy.value.redacted)")
            return true
        }
        setsPlainProxy = proxy("http", \.httpProxy)
        _ = proxy("https", \.httpsProxy)
        var plain: Set<WebURL> = []
        for (prefix, mirrors) in workspace.mirrors.sorted(by: { $0.key < $1.key })
        where explicit.mirrors[prefix] == nil && own.mirrors[prefix]?.value != mirrors.value {
            let others = mirrors.value.filter { $0.host != prefix.host || $0.scheme != prefix.scheme }
            if others.contains(where: { $0.scheme == "http" }) { plain.insert(prefix) }
            if others.isEmpty { continue }
            settings.append(
                "mirrors.\"\(prefix.redacted)\" = " + others.map(\.redacted).joined(separator: ", "))
        }
        plainMirrors = plain
        if let file = workspace.authenticationFile, explicit.authenticationFile == nil,
            own.authenticationFile?.value != file.value
        {
            settings.append("authentication-override-file = \(file.value)")
        }
        if settings.isEmpty { return nil }
        self.path = path
        self.settings = settings
    }

    /// The announcement before the first request.
    public var announcement: Message {
        "the workspace's '\(path)' changes where packages come from, or how that is checked: "
            + settings.listed(separator: "; ")
            + (disablesVerification || setsPlainProxy || !plainMirrors.isEmpty
                ? ". Your credentials are not sent over connections it made unsafe" : "")
    }

    /// Whether a request goes over a connection that is unsafe because the workspace wants it so.
    func exposes(_ url: WebURL, mirrorOf prefix: String?) -> Bool {
        if url.scheme != "http" { return disablesVerification }
        if setsPlainProxy { return true }
        guard let prefix else { return false }
        return plainMirrors.contains { $0.text == prefix || $0.text + "/" == prefix }
    }
}
