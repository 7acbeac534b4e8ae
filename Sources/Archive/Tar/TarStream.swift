import CLibArchive
import Support

/// A tar stream read by libarchive, one entry after the other. Names are bytes; the locale plays no role.
final class TarStream {
    private let archive: OpaquePointer
    private let input: Input
    fileprivate let scratch: DecoderScratch

    /// What the read callback needs.
    private final class Input {
        let source: any BlockSource
        let scratch: DecoderScratch
        let start: Int64
        let limit: Int64?
        var error: (any Error)?
        var times = TarHeaderTimes()

        init(_ source: any BlockSource, scratch: DecoderScratch, start: Int64, limit: Int64?) {
            self.source = source
            self.scratch = scratch
            self.start = start
            self.limit = limit
        }

        func next(_ block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
            do {
                let bytes = try source.nextBlock()
                try scratch.count(bytes.count, from: start, limit: limit)
                times.observe(bytes)
                block?.pointee = bytes.baseAddress
                return bytes.count
            } catch {
                self.error = error
                return Int(ARCHIVE_FATAL)
            }
        }
    }

    /// - Parameters:
    ///   - start: the value of `scratch.decodedBytes` the limit counts from.
    ///   - limit: the most bytes the stream may decode to.
    init(_ source: any BlockSource, scratch: DecoderScratch, start: Int64, limit: Int64?) throws {
        guard let archive = archive_read_new() else { throw Failure("no memory for a tar reader") }
        self.archive = archive
        self.scratch = scratch
        input = Input(source, scratch: scratch, start: start, limit: limit)
        archive_read_support_format_tar(archive)
        // A stream without any bytes has no entries, and is no error.
        archive_read_support_format_empty(archive)
        let result = archive_read_open(
            archive, Unmanaged.passUnretained(input).toOpaque(), nil,
            { _, input, block in
                guard let input else { return Int(ARCHIVE_FATAL) }
                return Unmanaged<Input>.fromOpaque(input).takeUnretainedValue().next(block)
            }, nil)
        if result != ARCHIVE_OK { throw failure() }
    }

    deinit { archive_read_free(archive) }

    /// The reason why the last call failed: the decoder's own error if it was that.
    private func failure() -> any Error {
        if let error = input.error { return error }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        return Failure("damaged tar data (\(reason))", kind: .integrity)
    }

    /// The next entry that is not skipped; nil at the end.
    func next() throws -> TarEntry? {
        while true {
            var header: OpaquePointer?
            let result = archive_read_next_header(archive, &header)
            if result == ARCHIVE_EOF { return nil }
            // Warnings are about names that the locale cannot show. We use their bytes.
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let header else { throw failure() }
            let time =
                input.times.time(ofEntryAt: archive_read_header_position(archive))
                ?? Int64(archive_entry_mtime(header))
            if let entry = try TarStream.entry(header, time: time) { return entry }
        }
    }

    private static func entry(_ header: OpaquePointer, time: Int64) throws -> TarEntry? {
        guard let name = archive_entry_pathname(header).map({ ByteString(cString: $0) }),
            let path = TarEntry.clean(name)
        else { return nil }
        let kind: TarEntry.Kind
        var size: Int64 = 0
        if let target = archive_entry_hardlink(header).map({ ByteString(cString: $0) }) {
            guard let clean = TarEntry.clean(target) else {
                throw Failure("hard link '\(path)' leads outside of the package, to '\(target)'")
            }
            kind = .hardlink(target: clean)
        } else {
            switch UInt32(archive_entry_filetype(header)) {
            case 0o040000: kind = .directory
            case 0o120000: kind = .symlink(target: archive_entry_symlink(header).map { ByteString(cString: $0) } ?? "")
            case 0o100000:
                kind = .file
                size = archive_entry_size(header)
            default: kind = .file
            }
        }
        return TarEntry(
            path: path, kind: kind, mode: UInt32(archive_entry_perm(header)) & 0o777,
            modificationTime: max(time, TarEntry.earliestTime), size: max(0, size))
    }

    /// The next stored block of the current entry and its offset in the content; nil at the end.
    fileprivate func nextData() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let result = archive_read_data_block(archive, &start, &count, &offset)
        if result == ARCHIVE_EOF { return nil }
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw failure() }
        return (UnsafeRawBufferPointer(start: start, count: count), offset)
    }

    fileprivate func countHole(_ bytes: Int) throws {
        try scratch.count(bytes, from: input.start, limit: input.limit)
    }
}

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
