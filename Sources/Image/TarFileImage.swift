import Archive
import Support

/// An image that is a tar, compressed or not. The environment is at its root.
public final class TarFileImage: ImageOutput {
    public let root: RelativePath? = nil
    public let hasOwnPart = false
    public let datesParts = false
    public let date: Int64
    private let output: File
    private let compression: PackCompression?
    private let threads: Int

    /// - Parameter output: the file or pipe it is written to.
    public init(to output: File, _ compression: PackCompression?, date: Int64, threads: Int) {
        self.output = output
        self.compression = compression
        self.date = date
        self.threads = threads
    }

    public func parts(of items: [ImageItem]) -> [Int] { items.map { _ in 0 } }

    public func open(part: Int, date: Int64) throws -> TarImage {
        let file = DescriptorSink(output)
        let sink: any ByteSink = try compression.map { try CompressingSink(file, $0, threads: threads) } ?? file
        return TarImage(to: sink, date: date)
    }

    public func close(part: Int, _ tar: TarImage) throws { _ = try tar.finish() }
}
