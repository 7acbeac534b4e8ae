/// One setting as `pixi-pack config` shows it.
public struct ConfigurationEntry: Sendable {
    /// `mirrors."https://…"`, `concurrency.downloads`
    public let key: String
    /// One or several values, secrets hidden.
    public let values: [String]
    /// The file it comes from.
    public let origin: String
}
