import Support

/// The decoded bytes of a tar stream, block by block, within what may be decoded.
final class TarInput {
    private let source: any BlockSource
    private let scratch: DecoderScratch
    private let start: Int64
    private let limit: Int64?

    /// - Parameters:
    ///   - start: the value of `scratch.decodedBytes` the limit counts from.
    ///   - limit: the most bytes the stream may decode to.
    init(_ source: any BlockSource, scratch: DecoderScratch, start: Int64, limit: Int64?) {
        self.source = source
        self.scratch = scratch
        self.start = start
        self.limit = limit
    }

    /// The next block, valid until the next call; empty at the end.
    func next() throws -> UnsafeRawBufferPointer {
        let bytes = try source.nextBlock()
        try count(bytes.count)
        return bytes
    }

    /// Counts bytes like those that were decoded.
    func count(_ bytes: Int) throws { try scratch.count(bytes, from: start, limit: limit) }

    static func damage(_ reason: String) -> Failure { Failure("damaged tar data (\(reason))", kind: .integrity) }
}
