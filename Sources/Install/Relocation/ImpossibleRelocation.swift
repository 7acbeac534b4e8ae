import Support

/// A file that cannot be adapted from what is there.
public struct ImpossibleRelocation: Sendable {
    /// The path in the environment.
    public let path: PrefixPath
    /// The package it belongs to.
    public let owner: String
    /// Why, as the end of a sentence: `it is too large a text`.
    public let reason: Message
}
