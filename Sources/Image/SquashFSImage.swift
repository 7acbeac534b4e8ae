import Archive
import LibC
import Support

/// An image that is a SquashFS with zstd, made by `sqfstar` of squashfs-tools (4.5 or newer), which is given a tar through a
/// pipe. Kernels since 4.14 and squashfuse mount it. The environment is at its root.
///
/// The same environment gives the same bytes, whoever makes it: owners, times and the order are fixed, and so is the way in
/// which sqfstar puts blocks together (`-reproducible`). Files with equal content are stored once.
public final class SquashFSImage: ImageOutput {
    public let root: RelativePath? = nil
    public let hasOwnPart = false
    public let datesParts = false
    public let date: Int64
    private let program: ExternalProgram
    private let path: ByteString
    private let offset: Int64
    private let threads: Int

    /// - Parameters:
    ///   - path: an existing file that is written over.
    ///   - offset: where in the file the image begins; what is before it becomes zeros.
    ///   - date: of the image and its folders, in seconds since 1970.
    /// - Throws: `Failure` if there is no `sqfstar`.
    public init(at path: ByteString, offset: Int64 = 0, date: Int64, threads: Int) throws {
        program = try SquashFSImage.makingProgram()
        self.path = path
        self.offset = offset
        self.date = min(max(date, 0), 0xFFFF_FFFF)
        self.threads = threads
    }

    /// - Throws: `Failure` if there is no `sqfstar`.
    @discardableResult
    public static func makingProgram() throws -> ExternalProgram {
        if let program = ExternalProgram.find("sqfstar") { return program }
        throw Failure(
            "a SquashFS is made by the program sqfstar, which is not there",
            remedy: "Install squashfs-tools 4.5 or newer; or write a tar (--into env.tar.zst), or a pack of packages.")
    }

    public func parts(of items: [ImageItem]) -> [Int] { items.map { _ in 0 } }

    public func open(part: Int, date: Int64) throws -> TarImage {
        let time = ByteString("\(date)")
        let sqfstar = try FedProgram(
            program,
            [
                "-comp", "zstd", "-b", "1M", "-noI", "-reproducible", "-mkfs-time", time,
                "-root-time", time, "-root-mode", "755", "-root-uid", "0", "-root-gid", "0", "-no-xattrs",
                "-exit-on-error", "-no-progress", "-quiet", "-force", "-mem", ByteString("\(16 * max(2, threads))M"),
                "-processors", ByteString("\(threads)"),
            ] + (offset == 0 ? [] : ["-offset", ByteString("\(offset)")]) + [path],
            // It would refuse the times it is given here.
            without: ["SOURCE_DATE_EPOCH"])
        return TarImage(to: ProgramSink(sqfstar), date: date)
    }

    public func close(part: Int, _ tar: TarImage) throws {
        _ = try tar.finish()
        try describing("could not complete '\(path)'", remedy: "Make room, or write a tar: --into env.tar.zst.") {
            let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
            try SquashFSRoot.setTime(date, in: FileSlice(file: file, offset: offset, length: file.size() - offset))
        }
    }
}

/// The root folder of a SquashFS whose table of inodes is not compressed (`-noI`). sqfstar 4.5 gives it the present time,
/// whatever it is told.
private enum SquashFSRoot {
    /// The size of a metadata block without its header of two bytes.
    private static let block: UInt64 = 8192

    /// Sets the time of its last change (the format's description: https://dr-emann.github.io/squashfs/).
    static func setTime(_ time: Int64, in image: FileSlice) throws {
        let start = try image.part(offset: 0, length: min(96, image.length)).readAll()
        func number(_ offset: Int, _ size: Int) -> UInt64 {
            start[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // Bit 0 of the flags: inodes are stored as they are.
        guard start.count == 96, start.starts(with: "hsqs".utf8), number(24, 2) & 1 == 1 else {
            throw Failure("sqfstar has made something else than it was asked for")
        }
        let (root, table, end) = (number(32, 8), number(64, 8), number(40, 8))
        // Behind the inode's type, mode and owners; the inode may begin in one block and end in the next.
        let position = (root & 0xFFFF) + 8
        for index: UInt64 in 0..<4 {
            let place = position + index
            let offset = table &+ root >> 16 &+ 2 &+ place / block * (block + 2) &+ place % block
            guard offset < end, offset < UInt64(image.length) else {
                throw Failure("sqfstar has made something else than it was asked for")
            }
            let byte = UInt8(truncatingIfNeeded: time >> (8 * Int64(index)))
            try withUnsafeBytes(of: byte) {
                try Sys.writeAll(image.file.descriptor, $0, at: image.offset + Int64(offset))
            }
        }
    }
}

/// Gives bytes to a program.
private final class ProgramSink: ByteSink, @unchecked Sendable {
    private let program: FedProgram
    private var size: Int64 = 0

    init(_ program: FedProgram) { self.program = program }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try program.write(bytes)
        size += Int64(bytes.count)
    }

    func finish() throws -> Int64 {
        try program.finish()
        return size
    }
}
