import Support

/// Decodes bzip2 block by block, and several blocks at once if workers are idle. Blocks do not depend on each other,
/// but only a mark of 48 bits shows where one begins, and by chance the same bits may occur inside a block. So what was
/// decoded ahead counts only if the block before it ends exactly there.
///
/// Anything unusual (damage, an end in the middle, features of early versions) is left to libbz2. It reads the stream
/// again from its start and reports the error, if there is one.
final class Bzip2Source: BlockSource {
    private static let blockMark: UInt64 = 0x3141_5926_5359
    private static let endMark: UInt64 = 0x1772_4538_5090
    /// `BZh`.
    private static let streamMark: UInt64 = 0x42_5a68

    private let slice: FileSlice
    private let scratch: DecoderScratch
    private let output: UnsafeMutableRawBufferPointer
    private var window: Bzip2Window
    /// The bit of the window at which the next mark is expected.
    private var position: UInt64 = 0

    /// The block size of the current stream in bytes; 0 before its header was read.
    private var capacity: UInt32 = 0
    /// Where the current stream begins.
    private var streamStart: Int64 = 0
    /// The checksum of the stream's blocks so far.
    private var checksum: UInt32 = 0
    /// Bytes of the stream that were handed out.
    private var delivered: Int64 = 0

    /// Decoded blocks, in order.
    private var ready: [Bzip2BlockBuffer] = []
    private var ahead: Ahead?
    private var fallback: LibBzip2Source?
    /// Bytes from the fallback that were handed out before it took over, and are dropped.
    private var skipped: Int64 = 0

    /// Blocks that idle workers decode.
    private struct Ahead {
        let job: IdleWorkers.Job
        let starts: [UInt64]
        let slots: [Bzip2BlockBuffer]
    }

    init(_ slice: FileSlice, scratch: DecoderScratch) {
        self.slice = slice
        self.scratch = scratch
        output = scratch.output.bytes
        window = Bzip2Window(slice, scratch: scratch)
    }

    deinit {
        // Workers may still be writing into these buffers.
        if let ahead {
            scratch.team.idleWorkers?.finish(ahead.job)
            giveBack(ahead.slots)
        }
        giveBack(ready)
    }

    private func giveBack(_ slots: [Bzip2BlockBuffer]) {
        for slot in slots { scratch.team.bzip2BlockBuffers.giveBack(slot) }
    }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        var filled = 0
        while filled < output.count {
            let count = try decode(into: UnsafeMutableRawBufferPointer(rebasing: output[filled...]))
            if count == 0 { break }
            filled += count
        }
        return UnsafeRawBufferPointer(rebasing: output[..<filled])
    }

    /// Hands out the next bytes; 0 only at the end of all streams.
    private func decode(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while fallback == nil {
            if ready.isEmpty { try decodeBlocks() }
            guard let slot = ready.first else { break }
            guard let count = slot.expand(into: room) else {
                leaveToLibrary()
                break
            }
            delivered += Int64(count)
            if count < room.count {
                checksum = (checksum << 1 | checksum >> 31) ^ slot.checksum
                scratch.team.bzip2BlockBuffers.giveBack(ready.removeFirst())
            }
            if count > 0 { return count }
        }
        return try fallback.map { try rest(of: $0, into: room) } ?? 0
    }

    // MARK: libbz2

    private func leaveToLibrary() {
        giveBack(ready)
        ready = []
        let rest = FileSlice(
            file: slice.file, offset: slice.offset + streamStart, length: max(0, slice.length - streamStart))
        fallback = LibBzip2Source(
            FileBlockSource(rest, buffer: scratch.input.bytes), isFirstStream: streamStart == 0, scratch: scratch)
        skipped = delivered
    }

    private func rest(of fallback: LibBzip2Source, into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while skipped > 0 {
            let part = min(room.count, Int(clamping: skipped))
            let count = try fallback.decode(into: UnsafeMutableRawBufferPointer(rebasing: room[..<part]))
            skipped = count < part ? 0 : skipped - Int64(count)
        }
        return try fallback.decode(into: room)
    }

    // MARK: Blocks

    /// Decodes the next blocks. None are ready afterwards at the end of all streams, or if libbz2 goes on.
    private func decodeBlocks() throws {
        if ahead == nil {
            guard try findBlock() else { return }
            decodeOne()
        } else {
            finishAhead()
        }
        if !ready.isEmpty { try lookAhead() }
    }

    /// Reads on to the mark of the next block. Returns false at the end, or if libbz2 goes on.
    private func findBlock() throws -> Bool {
        while true {
            try window.settle(at: &position)
            if capacity == 0 && !beginStream() { return false }
            switch window.bits(at: position, count: 48) {
            case Self.blockMark: return true
            case Self.endMark:
                guard window.bits(at: position + 48, count: 32) == UInt64(checksum) else {
                    leaveToLibrary()
                    return false
                }
                // Streams begin at whole bytes.
                position = (position + 80 + 7) & ~7
                streamStart = window.offset + Int64(position >> 3)
                (capacity, checksum, delivered) = (0, 0, 0)
            default:
                leaveToLibrary()
                return false
            }
        }
    }

    private func beginStream() -> Bool {
        if streamStart > 0 && streamStart >= slice.length { return false }
        guard window.bits(at: position, count: 24) == Self.streamMark,
            let level = window.bits(at: position + 24, count: 8), (0x31...0x39).contains(level)
        else {
            leaveToLibrary()
            return false
        }
        capacity = UInt32(level - 0x30) * 100_000
        position += 32
        return true
    }

    private func decodeOne() {
        guard let slot = scratch.team.bzip2BlockBuffers.take() else { return leaveToLibrary() }
        slot.decode(window.bytes, at: position, capacity: capacity)
        guard slot.isDecoded else {
            giveBack([slot])
            return leaveToLibrary()
        }
        position = slot.end
        ready.append(slot)
    }

    /// If workers are idle, lets them decode the blocks that seem to follow while the ready ones are handed out.
    private func lookAhead() throws {
        guard let idle = scratch.team.idleWorkers, case let free = idle.count, free > 0, try nextIsBlock() else {
            return
        }
        var starts = window.marks(from: position, limit: free + 1)
        var slots: [Bzip2BlockBuffer] = []
        while slots.count < starts.count, let slot = scratch.team.bzip2BlockBuffers.take() { slots.append(slot) }
        // With a single block there is nothing to do side by side.
        guard slots.count > 1 else { return giveBack(slots) }
        starts.removeLast(starts.count - slots.count)
        let (data, capacity) = (SharedBytes(bytes: window.bytes), capacity)
        let job = idle.offer(count: slots.count) { [starts, slots] part in
            slots[part].decode(data.bytes, at: starts[part], capacity: capacity)
        }
        ahead = Ahead(job: job, starts: starts, slots: slots)
    }

    private func nextIsBlock() throws -> Bool {
        try window.settle(at: &position)
        return window.bits(at: position, count: 48) == Self.blockMark
    }

    private func finishAhead() {
        guard let ahead else { return }
        scratch.team.idleWorkers?.finish(ahead.job)
        self.ahead = nil
        for (start, slot) in zip(ahead.starts, ahead.slots) {
            if start == position && slot.isDecoded {
                position = slot.end
                ready.append(slot)
            } else {
                // The mark was there by chance, or its block did not fit into the window.
                giveBack([slot])
            }
        }
        if ready.isEmpty { leaveToLibrary() }
    }

    /// Bytes that several threads read while no thread writes to them.
    private struct SharedBytes: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer
    }
}
