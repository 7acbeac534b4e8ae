import Support

/// A file that cannot be adapted from what is there.
public struct ImpossibleRelocation: Sendable {
    public let path: PrefixPath
    /// The package it belongs to.
    public let owner: String
    public let reason: Message
}
