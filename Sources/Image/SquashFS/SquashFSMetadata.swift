import Support

/// The tables of a SquashFS: sequences of blocks that decode to at most 8 KiB each. Keeps some decoded blocks, as inodes are
/// asked for one by one. Use by one thread at a time.
final class SquashFSMetadata {
    private static let blockSize = 8192
    /// How many decoded blocks are kept: 2 MiB.
    private static let most = 256

    struct Block {
        let bytes: [UInt8]
        /// Where the block behind it begins, in bytes from the start of the image.
        let next: UInt64
    }

    private let decoder: SquashFSDecoder
    private var blocks: [UInt64: Block] = [:]

    init(_ decoder: SquashFSDecoder) { self.decoder = decoder }

    /// The block that begins at an offset of the image.
    func block(at offset: UInt64) throws -> Block {
        if let block = blocks[offset] { return block }
        var header: (UInt8, UInt8) = (0, 0)
        let count = try withUnsafeMutableBytes(of: &header) {
            try decoder.decode(at: offset, length: 2, isCompressed: false, into: $0)
        }
        let word = UInt16(header.1) << 8 | UInt16(header.0)
        let length = Int(word & 0x7FFF)
        guard count == 2, length > 0 else { throw SquashFSDecoder.damaged("a block of a table is empty") }
        let bytes = try [UInt8](unsafeUninitializedCapacity: SquashFSMetadata.blockSize) { buffer, count in
            count = try decoder.decode(
                at: offset + 2, length: length, isCompressed: word & 0x8000 == 0,
                into: UnsafeMutableRawBufferPointer(buffer))
        }
        if bytes.isEmpty { throw SquashFSDecoder.damaged("a block of a table is empty") }
        let block = Block(bytes: bytes, next: offset + 2 + UInt64(length))
        if blocks.count >= SquashFSMetadata.most { blocks.removeAll(keepingCapacity: true) }
        blocks[offset] = block
        return block
    }

    /// Reads a table from a place on.
    ///
    /// - Parameters:
    ///   - table: where the table begins in the image.
    ///   - reference: where in the table.
    func cursor(in table: UInt64, _ reference: SquashFSReference) throws -> SquashFSCursor {
        let (start, isTooLarge) = table.addingReportingOverflow(reference.block)
        if isTooLarge { throw SquashFSDecoder.damaged("a table lies outside of it") }
        return cursor(at: SquashFSPlace(block: start, offset: reference.offset))
    }

    func cursor(at place: SquashFSPlace) -> SquashFSCursor { SquashFSCursor(self, place) }
}

/// A place in a table, from which one reads on.
struct SquashFSCursor {
    private let metadata: SquashFSMetadata
    private(set) var place: SquashFSPlace

    fileprivate init(_ metadata: SquashFSMetadata, _ place: SquashFSPlace) {
        self.metadata = metadata
        self.place = place
    }

    /// The next bytes, also of several blocks.
    mutating func bytes(_ count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(min(count, 8192))
        while result.count < count {
            let current = try metadata.block(at: place.block)
            guard place.offset < current.bytes.count else {
                if place.offset > current.bytes.count {
                    throw SquashFSDecoder.damaged("a place lies outside of its block")
                }
                place = SquashFSPlace(block: current.next, offset: 0)
                continue
            }
            let end = min(current.bytes.count, place.offset + count - result.count)
            result += current.bytes[place.offset..<end]
            place.offset = end
        }
        return result
    }

    /// The next little-endian number.
    mutating func number(_ count: Int) throws -> UInt64 { SquashFSBytes.number(try bytes(count), 0, count) }
}
