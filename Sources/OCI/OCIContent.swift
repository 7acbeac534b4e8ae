import Support

/// What stands behind a tag: one thing, or a list of them.
public enum OCIContent: Sendable, Equatable {
    case manifest(OCIManifest)
    case index(OCIIndex)

    /// - Throws: `Failure` if the text is neither.
    public init(_ text: [UInt8]) throws {
        let isList = try JSONDocument(text).root.present("manifests") != nil
        self = isList ? .index(try OCIIndex(text)) : .manifest(try OCIManifest(text))
    }
}
