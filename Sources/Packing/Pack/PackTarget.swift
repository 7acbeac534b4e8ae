import Support

/// An environment for a platform.
public struct PackTarget: Sendable, Hashable {
    public let environment: String
    /// A subdir, or a platform's name in a lock file of version 7.
    public let platform: String

    public init(environment: String, platform: String) {
        self.environment = environment
        self.platform = platform
    }
}
