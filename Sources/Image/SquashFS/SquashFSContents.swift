import Archive
import Support

/// Reads contents of a SquashFS. Use by one thread at a time; it keeps the last block that files share.
final class SquashFSContents: ImageContents {
    private let contents: [Int: SquashFSContent]
    private let superblock: SquashFSSuperblock
    private let decoder: SquashFSDecoder
    private let metadata: SquashFSMetadata
    private var block: [UInt8]
    private var shared: (number: UInt32, bytes: [UInt8])?

    init(_ contents: [Int: SquashFSContent], _ superblock: SquashFSSuperblock, _ decoder: SquashFSDecoder) {
        self.contents = contents
        self.superblock = superblock
        self.decoder = decoder
        metadata = SquashFSMetadata(decoder)
        block = [UInt8](repeating: 0, count: superblock.blockSize)
    }

    func read(_ entry: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let content = contents[entry] else { throw Failure("what is to be read is no file") }
        var left = content.size
        var offset = content.start
        var sizes = metadata.cursor(at: content.sizes)
        for _ in 0..<content.blocks {
            let word = try sizes.number(4)
            let expected = Int(min(left, Int64(superblock.blockSize)))
            let length = Int(word & 0xFF_FFFF)
            try block.withUnsafeMutableBytes { block in
                // A block without bytes is one of zeros.
                if length == 0 {
                    block.initializeMemory(as: UInt8.self, repeating: 0)
                } else {
                    let count = try decoder.decode(
                        at: offset, length: length, isCompressed: word & 1 << 24 == 0, into: block)
                    if count != expected { throw SquashFSDecoder.damaged("a block has \(count) bytes") }
                }
                try sink(UnsafeRawBufferPointer(rebasing: block[..<expected]))
            }
            offset &+= UInt64(length)
            left -= Int64(expected)
        }
        guard left > 0 else { return }
        guard let fragment = content.fragment else { throw SquashFSDecoder.damaged("the end of a file is missing") }
        let (end, isTooLarge) = fragment.offset.addingReportingOverflow(Int(left))
        try load(fragment.number)
        guard let bytes = shared?.bytes, !isTooLarge, end <= bytes.count else {
            throw SquashFSDecoder.damaged("the end of a file lies outside of its block")
        }
        try bytes[fragment.offset..<end].withUnsafeBytes(sink)
    }

    /// Decodes a block that files share. The table of these blocks is itself in blocks, whose places are in a list.
    private func load(_ number: UInt32) throws {
        if shared?.number == number { return }
        guard number < superblock.fragments else { throw SquashFSDecoder.damaged("block \(number) is not there") }
        let (index, rest) = (UInt64(number) / 512, Int(number % 512))
        let (place, isTooLarge) = superblock.fragmentTable.addingReportingOverflow(index * 8)
        if isTooLarge { throw SquashFSDecoder.damaged("a table lies outside of it") }
        var list: UInt64 = 0
        _ = try withUnsafeMutableBytes(of: &list) {
            try decoder.decode(at: place, length: 8, isCompressed: false, into: $0)
        }
        var cursor = metadata.cursor(at: SquashFSPlace(block: UInt64(littleEndian: list), offset: rest * 16))
        let (start, word) = (try cursor.number(8), try cursor.number(4))
        shared = nil
        let bytes = try [UInt8](unsafeUninitializedCapacity: superblock.blockSize) { buffer, count in
            count = try decoder.decode(
                at: start, length: Int(word & 0xFF_FFFF), isCompressed: word & 1 << 24 == 0,
                into: UnsafeMutableRawBufferPointer(buffer))
        }
        shared = (number, bytes)
    }
}
