/// A package that was built while packing.
public struct BuildNote: Sendable, Equatable {
    /// Name of the package.
    public let name: String
    /// Where its source is, without secrets.
    public let source: String
    /// What built it.
    public let command: String
    /// The file that came out, as it stands in the pack.
    public let fileName: String
    public let sha256: String
}
