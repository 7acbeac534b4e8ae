import CondaModel

/// A platform that an environment is locked for.
public struct LockPlatform: Sendable, Equatable {
    /// The subdir, or the name that version 7 gives the platform.
    public let name: String
    /// The subdir its packages come from.
    public let subdir: Platform
    /// What the machine is assumed to have, as written: `__glibc=2.28` (version 7).
    public let virtualPackages: [String]

    public init(name: String, subdir: Platform, virtualPackages: [String]) {
        self.name = name
        self.subdir = subdir
        self.virtualPackages = virtualPackages
    }
}
