/// A repository of a registry, as people name it.
public struct OCIRepositoryName: Sendable, Equatable {
    /// `host[:port]` of the registry.
    public let host: String
    /// `team/app`
    public let name: String

    public init(host: String, name: String) {
        self.host = host
        self.name = name
    }
}
