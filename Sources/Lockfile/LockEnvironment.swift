import CondaModel

/// A platform an environment is locked for.
public struct LockPlatform: Sendable, Equatable {
    /// The subdir, or the name version 7 gives it.
    public let name: String
    /// What it installs from.
    public let subdir: Platform
    /// What the machine is assumed to offer, as written: `__glibc=2.28` (version 7).
    public let virtualPackages: [String]

    public init(name: String, subdir: Platform, virtualPackages: [String]) {
        self.name = name
        self.subdir = subdir
        self.virtualPackages = virtualPackages
    }
}

/// An environment of a lock file.
public struct LockEnvironment: Sendable, Equatable {
    public let name: String
    /// URLs or names of the channels, in order of priority.
    public let channels: [String]
    /// URLs of the Python indexes.
    let indexes: [String]
    /// In the order of the file. Platforms of unknown names (versions 4 to 6) are left out.
    public let platforms: [LockPlatform]

    /// The platforms a subdir or a name stands for: of several with one subdir the one whose name is the subdir, else
    /// all of them; if none has this subdir, the one of this name (docs/spec/lock.md#selection).
    func platforms(named text: String) -> [LockPlatform] {
        func isText(_ other: String) -> Bool { other.utf8.elementsEqual(text.utf8) }
        let candidates = platforms.filter { isText($0.subdir.rawValue) }
        if let exact = candidates.first(where: { isText($0.name) }) { return [exact] }
        return candidates.isEmpty ? platforms.filter { isText($0.name) } : candidates
    }
}
