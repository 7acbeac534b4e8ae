import CondaModel

/// An environment of a lock file.
public struct LockEnvironment: Sendable, Equatable {
    let name: String
    /// URLs or names of the channels, in order of priority.
    public let channels: [String]
    /// URLs of the Python indexes.
    let indexes: [String]
    /// In the order of the file. Platforms of unknown names (versions 4 to 6) are left out.
    public let platforms: [LockPlatform]

    /// The platforms meant by a subdir or a name. Of several with this subdir the one that is also named so is meant,
    /// else all of them. If none has this subdir, the one with this name is meant (docs/spec/lock.md#selection).
    func platforms(named text: String) -> [LockPlatform] {
        func isText(_ other: String) -> Bool { other.utf8.elementsEqual(text.utf8) }
        let candidates = platforms.filter { isText($0.subdir.rawValue) }
        if let exact = candidates.first(where: { isText($0.name) }) { return [exact] }
        return candidates.isEmpty ? platforms.filter { isText($0.name) } : candidates
    }
}
