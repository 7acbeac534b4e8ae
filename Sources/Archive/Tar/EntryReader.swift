import Support

/// Reads the content of the current entry in order, without copying it. What is not read is skipped.
public struct EntryReader {
    private let stream: TarStream
    /// Bytes of content.
    public let size: Int64
    private var position: Int64 = 0
    /// A stored block that waits behind a hole.
    private var pending: (bytes: UnsafeRawBufferPointer, offset: Int64)?
    private var hasEnded = false

    private let name: String

    init(_ stream: TarStream, size: Int64, name: String) {
        self.stream = stream
        self.size = size
        self.name = name
        hasEnded = size == 0
    }

    /// The next block, valid until the next call; nil at the end. Holes of sparse files come as zeros.
    ///
    /// - Throws: `Failure` naming the package if its data is damaged.
    public mutating func nextBlock() throws -> UnsafeRawBufferPointer? {
        do {
            return try next()
        } catch {
            throw Failure(
                "could not read package '\(name)'", cause: error,
                remedy: CondaArchive.damageRemedy)
        }
    }

    private mutating func next() throws -> UnsafeRawBufferPointer? {
        if pending == nil && !hasEnded {
            pending = try stream.nextData()
            while let block = pending, block.bytes.isEmpty { pending = try stream.nextData() }
            hasEnded = pending == nil
        }
        let next = pending?.offset ?? size
        if next > position { return try hole(next - position) }
        guard let block = pending else { return nil }
        pending = nil
        guard block.offset == position, Int64(block.bytes.count) <= size - position else {
            throw Failure("damaged tar data (overlapping parts of a sparse file)", kind: .integrity)
        }
        position += Int64(block.bytes.count)
        return block.bytes
    }

    private mutating func hole(_ length: Int64) throws -> UnsafeRawBufferPointer {
        let zeros = EntryReader.zeros
        let count = Int(min(length, Int64(zeros.bytes.count)))
        try stream.countHole(count)
        position += Int64(count)
        return UnsafeRawBufferPointer(rebasing: zeros.bytes[..<count])
    }

    /// Calls `body` with every block that is left.
    public mutating func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while let block = try nextBlock() { try body(block) }
    }

    /// All that is left, as one array.
    ///
    /// - Throws: `Failure` if the entry has more than `limit` bytes.
    public mutating func readAll(limit: Int64 = 64 << 20) throws -> [UInt8] {
        guard size <= limit else { throw Failure("it has \(size) bytes, more than the \(limit) allowed") }
        var result: [UInt8] = []
        // The size is only a claim: memory grows with the bytes that really come.
        result.reserveCapacity(Int(min(size, 1 << 20)))
        while let block = try nextBlock() { result.append(contentsOf: block) }
        return result
    }

    private static let zeros = Zeros()

    /// 64 KiB of zeros, shared by all threads.
    private final class Zeros: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
        init() {
            bytes = .allocate(byteCount: 64 << 10, alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }
}
