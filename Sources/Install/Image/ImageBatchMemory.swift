import Support

/// The memory of batches, all of one size. It is used again and again: blocks of many sizes, of many threads, would leave
/// gaps that add up to as much as is in use.
final class ImageBatchMemory: Sendable {
    /// Bytes of a batch.
    static let size = 128 << 10

    private struct Free: @unchecked Sendable {
        var blocks: [UnsafeMutableRawBufferPointer] = []
    }

    private let free = Locked(Free())

    deinit { for block in free.withLock({ $0.blocks }) { block.deallocate() } }

    func take() -> UnsafeMutableRawBufferPointer {
        free.withLock { $0.blocks.popLast() } ?? .allocate(byteCount: Self.size, alignment: 4096)
    }

    func give(_ block: UnsafeMutableRawBufferPointer) { free.withLock { $0.blocks.append(block) } }
}
