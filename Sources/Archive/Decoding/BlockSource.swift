import Support

/// A stream of bytes, handed out in blocks: the compressed bytes of a file, or what a decoder makes of another source.
///
/// Blocks are as large as the source's buffer allows, so that few calls are needed.
protocol BlockSource: AnyObject {
    /// The next block; empty at the end of the stream. It is valid until the next call.
    ///
    /// - Throws: `Failure` if the stream is damaged or ends early.
    func nextBlock() throws -> UnsafeRawBufferPointer
}
