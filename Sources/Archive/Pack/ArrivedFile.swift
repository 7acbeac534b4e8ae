import Support

/// A file of a pack that has arrived while the rest of the pack has not.
public struct ArrivedFile: Sendable {
    /// Its path in the pack.
    public let path: RelativePath
    /// Its bytes; readable until `done(with:)` gives them back.
    public let content: FileSlice
    private let room: SpoolRoom?

    /// - Parameter room: keeps account of the file in which the pack is kept; nil if that is no file of ours.
    init(path: RelativePath, content: FileSlice, room: SpoolRoom? = nil) {
        self.path = path
        self.content = content
        self.room = room
    }

    /// Says that the work on the file is done.
    ///
    /// - Parameter parts: parts of its content that are not needed any more, whose room is given back to the disk.
    public func done(with parts: [FileSlice]) { room?.done(content, with: parts) }
}
