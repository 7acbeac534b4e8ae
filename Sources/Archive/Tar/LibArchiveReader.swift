import CLibArchive
import Support

/// The rest of a tar stream, read by libarchive.
final class LibArchiveReader {
    private let archive: OpaquePointer
    private let feed: Feed

    /// What the read callback needs.
    private final class Feed {
        private let input: TarInput
        /// What comes before the next block of the input.
        private let head: UnsafeMutableRawBufferPointer
        private var waiting: [UnsafeRawBufferPointer]
        var error: (any Error)?
        var times = TarHeaderTimes()

        init(_ input: TarInput, head bytes: [UInt8], block: UnsafeRawBufferPointer) {
            self.input = input
            head = .allocate(byteCount: bytes.count, alignment: 1)
            head.copyBytes(from: bytes)
            waiting = [block, UnsafeRawBufferPointer(head)].filter { !$0.isEmpty }
        }

        deinit { head.deallocate() }

        func next(_ block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
            do {
                let bytes = try waiting.popLast() ?? input.next()
                times.observe(bytes)
                block?.pointee = bytes.baseAddress
                return bytes.count
            } catch {
                self.error = error
                return Int(ARCHIVE_FATAL)
            }
        }
    }

    /// - Parameter plain: has read the stream so far.
    init(_ input: TarInput, after plain: PlainTarReader) throws {
        guard let archive = archive_read_new() else { throw Failure("no memory for a tar reader") }
        self.archive = archive
        let (collected, block) = plain.rest
        // A folder of ours comes first, so that libarchive takes the rest for what it is: the middle of a tar.
        let head = plain.isAtStart ? collected : LibArchiveReader.folder + collected
        feed = Feed(input, head: head, block: block)
        archive_read_support_format_tar(archive)
        // A stream without any bytes has no entries, and is no error.
        archive_read_support_format_empty(archive)
        let result = archive_read_open(
            archive, Unmanaged.passUnretained(feed).toOpaque(), nil,
            { _, feed, block in
                guard let feed else { return Int(ARCHIVE_FATAL) }
                return Unmanaged<Feed>.fromOpaque(feed).takeUnretainedValue().next(block)
            }, nil)
        if result != ARCHIVE_OK { throw failure() }
        if !plain.isAtStart { _ = try next() }
    }

    deinit { archive_read_free(archive) }

    /// The header of a folder, as GNU writes it.
    private static let folder: [UInt8] = {
        var block = [UInt8](repeating: 0, count: TarHeader.blockSize)
        func put(_ text: String, at start: Int) {
            block.replaceSubrange(start..<(start + text.utf8.count), with: text.utf8)
        }
        put("x/", at: 0)
        put("0000755", at: 100)
        for (start, digits) in [(108, 7), (116, 7), (124, 11), (136, 11)] {
            put(String(repeating: "0", count: digits), at: start)
        }
        put("        5", at: 148)
        put("ustar  ", at: 257)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.utf8.count) + sum + "\0", at: 148)
        return block
    }()

    /// The reason why the last call failed: the decoder's own error if it was that.
    private func failure() -> any Error {
        if let error = feed.error { return error }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        return TarInput.damage(reason)
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
                feed.times.time(ofEntryAt: archive_read_header_position(archive))
                ?? Int64(archive_entry_mtime(header))
            if let entry = try LibArchiveReader.entry(header, time: time) { return entry }
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
    func nextData() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let result = archive_read_data_block(archive, &start, &count, &offset)
        if result == ARCHIVE_EOF { return nil }
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw failure() }
        return (UnsafeRawBufferPointer(start: start, count: count), offset)
    }
}
