import CBzip2
import CSystem
import Support

/// The memory of one block of bzip2 being decoded, 6 MB. One thread at a time.
final class Bzip2BlockBuffer: @unchecked Sendable {
    private static let largestBlock = 900_000
    private static let hugePage = 2 << 20
    private static let bytesOffset = largestBlock * MemoryLayout<UInt32>.size
    private static let scratchOffset =
        (bytesOffset + largestBlock + PIXI_BZIP2_SLACK + 63) / 64 * 64
    private static let size = scratchOffset + PIXI_BZIP2_SCRATCH

    private let memory: UnsafeMutableRawPointer
    private var block = pixi_bzip2_block()
    /// Whether the last block could be decoded.
    private(set) var isDecoded = false
    private var rest = pixi_bzip2_rest()

    init() {
        memory = .allocate(byteCount: Bzip2BlockBuffer.size, alignment: Bzip2BlockBuffer.hugePage)
        // Blocks are read all over; with small pages half of the time goes into finding the page.
        pixi_prefer_huge_pages(memory, Bzip2BlockBuffer.size)
        block.links = memory.assumingMemoryBound(to: UInt32.self)
        block.bytes = (memory + Bzip2BlockBuffer.bytesOffset).assumingMemoryBound(to: UInt8.self)
    }

    deinit { memory.deallocate() }

    /// The bit behind the block.
    var end: UInt64 { block.end }
    /// The checksum the block says it has.
    var checksum: UInt32 { block.checksum }

    /// Decodes the block whose mark is at bit `start`, up to expanding its runs; see `isDecoded`.
    ///
    /// - Parameter capacity: the block size of the stream.
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

    /// Hands out the next bytes of the block; fewer than `output` has room for only at its end, nil if it is damaged.
    func expand(into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard let base = output.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
        let count = pixi_bzip2_expand(&rest, base, output.count)
        if count > output.count { return nil }
        if count < output.count && ~rest.checksum != block.checksum { return nil }
        return count
    }
}

/// The slots of all decoders of an installation: as few as are needed, never more than fit into the memory we allow us.
final class Bzip2BlockBuffers: Sendable {
    /// 60 MB together.
    private static let limit = 10

    private struct State {
        var free: [Bzip2BlockBuffer] = []
        var count = 0
    }
    private let state = Locked(State())

    /// A slot to be given back; nil if all are in use.
    func take() -> Bzip2BlockBuffer? {
        state.withLock { state in
            if let slot = state.free.popLast() { return slot }
            if state.count >= Bzip2BlockBuffers.limit { return nil }
            state.count += 1
            return Bzip2BlockBuffer()
        }
    }

    func giveBack(_ slot: Bzip2BlockBuffer) { state.withLock { $0.free.append(slot) } }
}
