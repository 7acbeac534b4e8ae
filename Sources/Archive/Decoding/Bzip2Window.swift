import CBzip2
import Support

/// The part of a bzip2 file that is being decoded. It holds at least one block, so that a block can be read at any bit
/// of it.
struct Bzip2Window {
    /// Twice the size of a compressed block, and the bytes that decoders may read behind the data.
    static let size = 2 * blockSize + PIXI_BZIP2_PADDING
    /// Blocks have up to 900,000 bytes; data that cannot be compressed grows by less than one per cent.
    private static let blockSize = 1 << 20

    private let slice: FileSlice
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where the window begins in the slice, in bytes.
    private(set) var offset: Int64
    private var count = 0

    /// Is told what was read.
    private let scratch: DecoderScratch

    init(_ slice: FileSlice, scratch: DecoderScratch) {
        self.slice = slice
        self.scratch = scratch
        buffer = scratch.bzip2Window.bytes
        offset = 0
    }

    /// The bytes of the window; more memory behind them is readable.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

    /// Whether the window reaches to the end of the slice.
    var isLast: Bool { offset + Int64(count) >= slice.length }

    /// Makes sure that a whole block can be read at `position`, a bit of the window. The window may move, and
    /// `position` with it.
    mutating func settle(at position: inout UInt64) throws {
        let byte = Int(position >> 3)
        if isLast || count - byte >= Bzip2Window.blockSize { return }
        if byte > 0 {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[byte..<max(byte, count)]))
            offset += Int64(byte)
            count -= byte
            position &= 7
        }
        let capacity = buffer.count - PIXI_BZIP2_PADDING
        while count < capacity {
            let part = try slice.read(
                at: offset + Int64(count), into: UnsafeMutableRawBufferPointer(rebasing: buffer[count..<capacity]))
            if part == 0 { break }
            count += part
            scratch.onRead?(part)
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<(count + PIXI_BZIP2_PADDING)])
            .initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// `count` (up to 56) bits, beginning at a bit of the window; nil if the window ends before.
    func bits(at position: UInt64, count bits: Int) -> UInt64? {
        guard position + UInt64(bits) <= UInt64(count) * 8, let base = bytes.baseAddress else { return nil }
        return pixi_bzip2_bits(base.assumingMemoryBound(to: UInt8.self), position, UInt32(bits))
    }

    /// Where marks of blocks are, from a bit on. Some of them may be there by chance.
    func marks(from position: UInt64, limit: Int) -> [UInt64] {
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return [] }
        var marks: [UInt64] = []
        var position = position
        while marks.count < limit {
            let mark = pixi_bzip2_find(base, count, position)
            if mark == .max { break }
            marks.append(mark)
            position = mark + 1
        }
        return marks
    }
}
