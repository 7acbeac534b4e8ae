import CBzip2
import CSystem

/// The memory in which one block of bzip2 is decoded, 6 MB. For one thread at a time.
final class Bzip2BlockBuffer: @unchecked Sendable {
    private static let largestBlock = 900_000
    private static let hugePage = 2 << 20
    private static let bytesOffset = largestBlock * MemoryLayout<UInt32>.size
    private static let scratchOffset =
        (bytesOffset + largestBlock + PIXI_BZIP2_SLACK + 63) / 64 * 64
    private static let size = scratchOffset + PIXI_BZIP2_SCRATCH

    private let memory: UnsafeMutableRawPointer
    private var block = pixi_bzip2_block()
    /// Whether the last block was decoded completely.
    private(set) var isDecoded = false
    private var rest = pixi_bzip2_rest()

    init() {
        memory = .allocate(byteCount: Bzip2BlockBuffer.size, alignment: Bzip2BlockBuffer.hugePage)
        // Blocks are read in random order; with small pages half of the time would go into address translation.
        pixi_prefer_huge_pages(memory, Bzip2BlockBuffer.size)
        block.links = memory.assumingMemoryBound(to: UInt32.self)
        block.bytes = (memory + Bzip2BlockBuffer.bytesOffset).assumingMemoryBound(to: UInt8.self)
    }

    deinit { memory.deallocate() }

    /// The bit behind the block, counted from the start of the compressed data.
    var end: UInt64 { block.end }
    /// The checksum that the block's header gives.
    var checksum: UInt32 { block.checksum }

    /// Decodes the block whose mark begins at bit `start`, except for its runs, which `expand` expands. Sets
    /// `isDecoded`.
    ///
    /// - Parameter capacity: the block size of the stream, in bytes.
    func decode(_ data: UnsafeRawBufferPointer, at start: UInt64, capacity: UInt32) {
        isDecoded = false
        guard let base = data.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        block.capacity = min(capacity, UInt32(Bzip2BlockBuffer.largestBlock))
        guard pixi_bzip2_read(&block, base, data.count, start) == 0 else { return }
        pixi_bzip2_unsort(&block, (memory + Bzip2BlockBuffer.scratchOffset).assumingMemoryBound(to: UInt32.self))
        rest = pixi_bzip2_rest(
            bytes: UnsafePointer(block.bytes), left: block.count, repeats: 0, repeated: 0, checksum: .max)
        isDecoded = true
    }

    /// Hands out the next bytes of the block. Fills `output` except at the end of the block; nil if the block is
    /// damaged.
    func expand(into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard let base = output.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        let count = pixi_bzip2_expand(&rest, base, output.count)
        if count > output.count { return nil }
        if count < output.count && ~rest.checksum != block.checksum { return nil }
        return count
    }
}
