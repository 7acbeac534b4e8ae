import Support

/// Makes a pack readable at any offset: a pack that comes through a pipe or is compressed is written to a file without
/// a name.
public struct PackSpool: Sendable {
    /// Where the file without a name is made.
    private let directory: ByteString
    /// The most bytes the tar may have; nil if there is no limit.
    private let limit: Int64?
    /// Is told what has come.
    private let arriving: ArrivingPack?
    /// Is told how much has come.
    private let reporter: any Reporter

    /// Tars are filled up with zeros, to 10 KiB as a rule.
    private static let mostBehind: Int64 = 1 << 20

    /// - Parameters:
    ///   - directory: where files without a name are made.
    ///   - limit: the most bytes the tar may have; nil: as many as there is room for.
    ///   - arriving: is told of the files of a tar that is written, as they come.
    ///   - reporter: is told how much has come.
    public init(
        in directory: ByteString, limit: Int64? = nil, arriving: ArrivingPack? = nil,
        reporter: any Reporter = SilentReporter()
    ) {
        self.directory = directory
        self.limit = limit
        self.arriving = arriving
        self.reporter = reporter
    }

    /// Reads a pack from an open descriptor. Of a regular file it takes the part behind the current position, in place;
    /// everything else is read to its end and decompressed on the way. Reading stops at once if the first bytes cannot
    /// begin a pack.
    ///
    /// - Parameters:
    ///   - path: its name in messages.
    ///   - keepsCompressed: whether compressed data stays as it is, as its signature has to be checked.
    ///   - acceptsText: whether a JSON text, which is a list of packages, is accepted, too.
    /// - Throws: `Failure` saying what is wrong with it, or that there is no room.
    public func read(
        _ descriptor: Int32, called path: ByteString, keepsCompressed: Bool = false, acceptsText: Bool = false
    ) throws -> FileSlice {
        let status = try Sys.stat(descriptor)
        if FileKind(status.st_mode) == .regular {
            let file = File(descriptor: try Sys.duplicate(descriptor), path: path)
            let start = try Sys.position(descriptor)
            let slice = try file.slice().part(offset: start, length: max(0, Int64(status.st_size) - start))
            return keepsCompressed ? slice : try decompressed(slice)
        }
        let source = try PeekedSource(DescriptorSource(descriptor))
        if source.start.isEmpty { throw Failure("the pack is empty: nothing came") }
        let compression = PackCompression(startOfFile: source.start)
        if compression == nil, !(acceptsText && source.start.first == UInt8(ascii: "{")) {
            try PackSpool.requirePack(source.start)
        }
        guard let compression, !keepsCompressed else { return try keep(source, called: path) }
        return try decode(source, compression, called: path)
    }

    /// The bytes of a file, decompressed if they are compressed.
    ///
    /// - Throws: `Failure` saying what is wrong with it, or that there is no room.
    public func decompressed(_ slice: FileSlice) throws -> FileSlice {
        let start = try slice.part(offset: 0, length: min(8, slice.length)).readAll()
        guard let compression = PackCompression(startOfFile: start) else {
            if start.starts(with: [0x50, 0x4B, 3, 4]) { throw Failure("it is a zip file, a pack is a tar") }
            return slice
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        return try decode(FileBlockSource(slice, buffer: buffer), compression, called: slice.file.path)
    }

    private func decode(
        _ source: any BlockSource, _ compression: PackCompression, called path: ByteString
    ) throws -> FileSlice {
        try describing("could not decompress '\(path)'", remedy: "Copy or download the file again.") {
            let plain = try PeekedSource(DecompressedSource(source, compression))
            if PackCompression(startOfFile: plain.start) != nil {
                throw Failure("it is compressed twice", remedy: "Uncompress it first.")
            }
            try PackSpool.requirePack(plain.start)
            return try keep(plain, called: path)
        }
    }

    /// Refuses data that cannot become a pack before more of it is read.
    private static func requirePack(_ start: [UInt8]) throws {
        if start.starts(with: [0x50, 0x4B, 3, 4]) { throw Failure("it is a zip file, a pack is a tar") }
        // A self-extracting pack has this mark in its first lines.
        if ByteSearch.contains(start, Array("pixi-pack-executable".utf8)) { return }
        guard start.count >= TarHeader.blockSize else { throw Failure("it is too short for a pack") }
        if try TarHeader(start[..<TarHeader.blockSize], at: 0) == nil {
            throw Failure("it begins with zeros, a pack is a tar")
        }
    }

    private func keep(_ source: any BlockSource, called path: ByteString) throws -> FileSlice {
        let file = try UnlinkedFile.make(in: directory, describedAs: path)
        let free = (try? Sys.freeSpace(directory)) ?? .max
        var size: Int64 = 0
        var extent = TarExtent()
        arriving?.follow(file)
        defer { arriving?.end() }
        reporter.progress(.phaseBegan(name: "Reading the pack", items: 1, bytes: 0, unsized: 1))
        reporter.progress(.itemBegan(id: 0, name: "\(path)", bytes: nil))
        defer { reporter.progress(.phaseEnded) }
        while true {
            try Interruption.check()
            let block = try source.nextBlock()
            if block.isEmpty {
                reporter.progress(.itemEnded(id: 0))
                return FileSlice(file: file, offset: 0, length: size)
            }
            size += Int64(block.count)
            extent.follow(block)
            let wanted = extent.isKnown ? max(size, extent.reach) : size
            if let limit, wanted > limit { throw DecodingBudget.exceeded(limit) }
            let released = try arriving?.waitForRoom() ?? 0
            if wanted - released > free {
                throw Failure(
                    "it has more than the \(humanSize(free)) that are free in '\(directory)'",
                    remedy: "Make room there, or name another place with --output-directory.")
            }
            if extent.hasEnded, size - extent.reach > Self.mostBehind {
                throw Failure(
                    "it goes on for more than \(humanSize(Self.mostBehind)) behind the end of the tar",
                    remedy: "Copy or download the file again.")
            }
            try describing("could not keep it in '\(directory)'") { try Sys.writeAll(file.descriptor, block) }
            arriving?.note(size: size)
            reporter.progress(.itemAdvanced(id: 0, bytes: Int64(block.count)))
        }
    }
}

/// The bytes of a descriptor, in the order they come.
private final class DescriptorSource: BlockSource {
    private let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { buffer.deallocate() }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        try Interruption.waitToRead(descriptor)
        let count = try Sys.read(descriptor, into: buffer)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}

/// Passes on another source, whose first bytes it has read already.
private final class PeekedSource: BlockSource {
    /// Enough bytes to recognise the format, fewer if there are not more.
    let start: [UInt8]
    private let upstream: any BlockSource
    private let held: UnsafeMutableRawBufferPointer
    private var isHeld = true

    private static let enough = 1024

    init(_ upstream: any BlockSource) throws {
        self.upstream = upstream
        var bytes: [UInt8] = []
        while bytes.count < Self.enough {
            let block = try upstream.nextBlock()
            if block.isEmpty { break }
            bytes += block
        }
        start = Array(bytes.prefix(Self.enough))
        held = .allocate(byteCount: bytes.count, alignment: 16)
        held.copyBytes(from: bytes)
    }

    deinit { held.deallocate() }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        if isHeld, !held.isEmpty {
            isHeld = false
            return UnsafeRawBufferPointer(held)
        }
        return try upstream.nextBlock()
    }
}
