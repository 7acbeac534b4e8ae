import CondaModel

/// Reads the document of one version of the format.
protocol LockGrammar: Sendable {
    var environmentNames: [String] { get }
    /// The environment, which exists.
    func environment(named name: String) throws -> LockEnvironment
    /// The sorted packages of an environment and one of its platforms.
    func packages(environment: String, platform: LockPlatform) throws -> [LockedPackage]
}
