import Support

/// A tar stream (POSIX.1-2001, with pax headers where ustar has no room) of files that all belong to root. Folders come
/// before what is in them, each of them once. Equal entries in the same order give equal bytes. Use by one thread at a time.
public final class TarImage {
    private let sink: any ByteSink
    private let date: Int64
    private var folders: Set<RelativePath> = []
    /// Bytes of the current file that are still to come.
    private var left: Int64 = 0
    private var padding = 0
    private var buffer: [UInt8] = []

    private static let blockSize = 512
    private static let bufferSize = 1 << 20

    /// - Parameter date: the time of folders, in seconds since 1970.
    public init(to sink: any ByteSink, date: Int64) {
        self.sink = sink
        self.date = date
        buffer.reserveCapacity(Self.bufferSize + Self.blockSize)
    }

    /// Begins an entry; the content of a file follows by `write`.
    ///
    /// - Throws: `Failure` if the file before it is not complete.
    public func add(_ entry: ImageEntry) throws {
        try endFile()
        try addFolders(above: entry.path)
        if entry.kind == .directory, !folders.insert(entry.path).inserted { return }
        if case .file(let size) = entry.kind {
            left = size
            padding = TarHeaderBytes.padding(after: size)
        }
        try append(header(entry))
    }

    /// Adds bytes to the file that was begun.
    ///
    /// - Throws: `Failure` if they are more than it was to have.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        left -= Int64(bytes.count)
        if left < 0 { throw Failure("a file became larger while it was written") }
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        if bytes.count >= Self.bufferSize { return try sink.write(bytes) }
        buffer.append(contentsOf: bytes)
    }

    /// Ends the stream.
    ///
    /// - Returns: how many bytes the last sink has received.
    public func finish() throws -> Int64 {
        try endFile()
        try append([UInt8](repeating: 0, count: 2 * Self.blockSize))
        try flush()
        return try sink.finish()
    }

    private func addFolders(above path: RelativePath) throws {
        guard let parent = path.parent, !folders.contains(parent) else { return }
        try add(ImageEntry(path: parent, kind: .directory, mode: 0o755, time: date))
    }

    private func endFile() throws {
        if left != 0 { throw Failure("a file became smaller while it was written") }
        if padding > 0 { try append([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }

    private func append(_ bytes: [UInt8]) throws {
        if buffer.count + bytes.count > Self.bufferSize { try flush() }
        buffer += bytes
    }

    private func flush() throws {
        if buffer.isEmpty { return }
        try buffer.withUnsafeBytes { try sink.write($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    // MARK: Headers

    private func header(_ entry: ImageEntry) -> [UInt8] {
        var name = entry.path.bytes.bytes
        var (type, link, size): (Character, [UInt8], Int64) = ("0", [], 0)
        switch entry.kind {
        case .directory:
            type = "5"
            name.append(UInt8(ascii: "/"))
        case .file(let bytes): size = bytes
        case .symlink(let target): (type, link) = ("2", target.bytes)
        case .hardlink(let other): (type, link) = ("1", other.bytes.bytes)
        }
        var records: [UInt8] = []
        if name.count > 100 { records += Self.record("path", name) }
        if link.count > 100 { records += Self.record("linkpath", link) }
        if size >= 1 << 33 { records += Self.record("size", Array(String(size).utf8)) }
        var result: [UInt8] = []
        if !records.isEmpty {
            result = Self.block(
                Array("PaxHeader".utf8), "x", [], size: Int64(records.count), mode: 0o644, time: 0)
            result += records + [UInt8](repeating: 0, count: TarHeaderBytes.padding(after: Int64(records.count)))
        }
        return result
            + Self.block(
                Array(name.prefix(100)), type, Array(link.prefix(100)), size: size, mode: entry.mode, time: entry.time)
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0A]
        var length = rest.count
        while length != rest.count + String(length).utf8.count { length = rest.count + String(length).utf8.count }
        return Array(String(length).utf8) + rest
    }

    private static func block(
        _ name: [UInt8], _ type: Character, _ link: [UInt8], size: Int64, mode: UInt32, time: Int64
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int64, _ digits: Int) -> [UInt8] {
            (0..<digits).map { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: (value >> (3 * (digits - 1 - $0))) & 7) }
        }
        put(name, at: 0)
        put(octal(Int64(mode & 0o7777), 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size < 1 << 33 ? size : 0, 11), at: 124)
        // SquashFS has 32 bits for it.
        put(octal(min(max(time, 0), 0xFFFF_FFFF), 11), at: 136)
        header[156] = type.asciiValue ?? 0x30
        put(link, at: 157)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        put(octal(0, 7), at: 329)
        put(octal(0, 7), at: 337)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        put(octal(header.reduce(0) { $0 + Int64($1) }, 6) + [0, UInt8(ascii: " ")], at: 148)
        return header
    }
}
