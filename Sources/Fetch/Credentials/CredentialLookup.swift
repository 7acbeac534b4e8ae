import CondaModel
import Support

/// Says from which source a host would get credentials, without the secrets.
public enum CredentialLookup {
    /// A source of credentials, and what kind it has for the host.
    public struct Answer: Sendable {
        /// `bearer token`, `user and password`, …
        public let kind: String
        /// The file, or the keyring.
        public let place: String
        /// The host, wildcard or URL it is stored for.
        public let key: String
    }

    /// - Parameters:
    ///   - host: a host, or a URL on it.
    ///   - settings: whose files and variables count.
    /// - Returns: nil if no source has any.
    /// - Throws: `Failure` if `host` is not a host name, or if a source that was named cannot be read.
    public static func find(_ host: String, _ settings: FetchSettings, reporter: any Reporter) throws -> Answer? {
        let url = try describing("'\(host)' is no host and no URL") {
            try WebURL(host.contains(text: "://") ? host : "https://\(host)/")
        }
        let store = try CredentialStore(
            authFile: settings.authFile ?? settings.configuration.authenticationFile?.value,
            environment: settings.environment, reporter: reporter)
        if let note = Keyring(settings.environment).obstacle { reporter.note("The keyring is not asked: \(note).") }
        return store.find(for: url).map { Answer(kind: kind(of: $0.credential), place: $0.place, key: $0.key) }
    }

    private static func kind(of credential: Credential) -> String {
        switch credential {
        case .bearer: "bearer token"
        case .basic: "user and password"
        case .condaToken: "conda token"
        case .s3: "S3 keys"
        case .oauth: "OAuth token"
        }
    }
}
