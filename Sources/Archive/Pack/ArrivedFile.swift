import Support

/// A file of a pack that has arrived while the rest of the pack has not.
public struct ArrivedFile: Sendable {
    /// Its path in the pack.
    public let path: RelativePath
    public let content: FileSlice
    private let room: SpoolRoom?

    /// - Parameter room: what it takes of the file in which the pack is kept; nil: that is not ours.
    init(path: RelativePath, content: FileSlice, room: SpoolRoom? = nil) {
        self.path = path
        self.content = content
        self.room = room
    }

    /// Says that the file was dealt with and is not read again.
    ///
    /// - Parameter parts: of its content, which nobody will read again.
    public func done(with parts: [FileSlice]) { room?.done(content, with: parts) }
}
