import Archive
import Support

/// Some entries of an image with their contents, or parts of them, on the way to its stream. One thread has it at a time.
final class ImageBatch: @unchecked Sendable {
    private enum Piece {
        case entry(ImageEntry)
        /// The next bytes of the content.
        case bytes(Int)
    }

    private var pieces: [Piece] = []
    private let content: UnsafeMutableRawBufferPointer
    private var used = 0
    /// About how many bytes of memory it takes.
    private(set) var memory: Int
    private let memories: ImageBatchMemory

    /// What an entry takes beside its name, about.
    private static let entrySize = 200
    /// A batch with more entries than this is full.
    private static let mostEntries = 512

    init(in memories: ImageBatchMemory) {
        self.memories = memories
        content = memories.take()
        memory = content.count
    }

    deinit { memories.give(content) }

    var isEmpty: Bool { pieces.isEmpty }
    var isFull: Bool { used == content.count || pieces.count >= Self.mostEntries }

    func add(_ entry: ImageEntry) {
        pieces.append(.entry(entry))
        memory += Self.entrySize + entry.path.bytes.count
    }

    /// Takes as many of the bytes as there is room for.
    ///
    /// - Returns: how many.
    func add(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, content.count - used)
        if count == 0 { return 0 }
        content[used..<(used + count)].copyBytes(from: bytes[..<count])
        used += count
        if case .bytes(let before) = pieces.last {
            pieces[pieces.count - 1] = .bytes(before + count)
        } else {
            pieces.append(.bytes(count))
        }
        return count
    }

    func write(to tar: TarImage) throws {
        var position = 0
        for piece in pieces {
            switch piece {
            case .entry(let entry): try tar.add(entry)
            case .bytes(let count):
                try tar.write(UnsafeRawBufferPointer(rebasing: content[position..<(position + count)]))
                position += count
            }
        }
    }
}
