import Support

/// A tar stream, one entry after the other: by `PlainTarReader` as far as that goes, then by libarchive. Names are bytes; the
/// locale plays no role.
final class TarStream {
    private let input: TarInput
    private var plain: PlainTarReader
    private var foreign: LibArchiveReader?

    /// - Parameters:
    ///   - start: the value of `scratch.decodedBytes` the limit counts from.
    ///   - limit: the most bytes the stream may decode to.
    init(_ source: any BlockSource, scratch: DecoderScratch, start: Int64, limit: Int64?) {
        input = TarInput(source, scratch: scratch, start: start, limit: limit)
        plain = PlainTarReader(input)
    }

    /// The next entry that is not skipped; nil at the end.
    func next() throws -> TarEntry? {
        if let foreign { return try foreign.next() }
        switch try plain.next() {
        case .entry(let entry): return entry
        case .end: return nil
        case .foreign:
            let reader = try LibArchiveReader(input, after: plain)
            foreign = reader
            return try reader.next()
        }
    }

    /// The next stored block of the current entry and its offset in the content; nil at the end.
    func nextData() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        if let foreign { return try foreign.nextData() }
        return try plain.nextData()
    }

    func countHole(_ bytes: Int) throws { try input.count(bytes) }
}
