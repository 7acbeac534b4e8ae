import Support

/// Writes a pack in one of its forms (tar, directory). Its entries are known from the start; their contents come in any
/// order.
///
///     let writer = try TarPackWriter(entries, at: "environment.tar")
///     let slot = try writer.slot(for: path)  // an entry whose content is awaited
///     try slot.write(bytes, at: 0)
///     try slot.finish(size: Int64(bytes.count))
///     let size = try writer.finish()  // the pack appears now
///
/// A writer that is dropped before `finish` removes what it made.
public protocol PackWriter: Sendable {
    /// The slot of an awaited entry.
    ///
    /// - Throws: `Failure` if there is no such entry.
    func slot(for path: RelativePath) throws -> any PackSlot
    /// Completes the pack and makes it appear under its name. All slots must be finished.
    ///
    /// - Returns: the size of the pack in bytes.
    func finish() throws -> Int64
    /// Limits how far contents may come ahead of the writer; nil if all may come at once, in any order.
    var window: ReadAhead? { get }
}

extension PackWriter {
    public var window: ReadAhead? { nil }
}
