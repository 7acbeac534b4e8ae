import Archive
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
    private let threads: Int

    /// - Parameters:
    ///   - path: an existing file that is written over.
    ///   - date: of the image and its folders, in seconds since 1970.
    /// - Throws: `Failure` if there is no `sqfstar`.
    public init(at path: ByteString, date: Int64, threads: Int) throws {
        guard let program = ExternalProgram.find("sqfstar") else {
            throw Failure(
                "a SquashFS is made by the program sqfstar, which is not there",
                remedy: "Install squashfs-tools 4.5 or newer, or write a tar: --into env.tar.zst.")
        }
        self.program = program
        self.path = path
        self.date = min(max(date, 0), 0xFFFF_FFFF)
        self.threads = threads
    }

    public func parts(of items: [ImageItem]) -> [Int] { items.map { _ in 0 } }

    public func open(part: Int, date: Int64) throws -> TarImage {
        let time = ByteString("\(date)")
        let sqfstar = try FedProgram(
            program,
            [
                "-comp", "zstd", "-b", "1M", "-reproducible", "-mkfs-time", time,
                "-root-time", time, "-root-mode", "755", "-root-uid", "0", "-root-gid", "0", "-no-xattrs",
                "-exit-on-error", "-no-progress", "-quiet", "-force", "-mem", "96M", "-processors",
                ByteString("\(threads)"), path,
            ],
            // It would refuse the times it is given here.
            without: ["SOURCE_DATE_EPOCH"])
        return TarImage(to: ProgramSink(sqfstar), date: date)
    }

    public func close(part: Int, _ tar: TarImage) throws { _ = try tar.finish() }
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
