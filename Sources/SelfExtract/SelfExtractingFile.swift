import Support

/// A file that was recognised as a self-extracting pack.
public struct SelfExtractingFile: Sendable {
    /// The pack's file.
    public let file: File
    /// Where its parts are.
    public let layout: ExecutableLayout

    /// The bytes of the tar inside.
    public var archive: FileSlice {
        FileSlice(file: file, offset: layout.archiveOffset, length: layout.archiveLength)
    }

    /// The bytes of the SquashFS inside, if there is one.
    public var image: FileSlice? {
        layout.image.map { FileSlice(file: file, offset: EmbeddedImage.offset, length: $0.length) }
    }

    /// Finds out whether the file is a self-extracting pack.
    ///
    /// - Returns: nil if it is something else.
    /// - Throws: `Failure` if it is one and its length differs from what its header says, or if it cannot be read.
    public static func recognize(_ file: File) throws -> SelfExtractingFile? {
        let read = try describing("could not read '\(file.path)'") {
            (layout: try ExecutableLayout(startOfFile: try start(of: file)), size: try file.size())
        }
        guard let layout = read.layout else { return nil }
        let size = read.size
        guard size == layout.totalLength else {
            throw Failure(
                "'\(file.path)': this file is damaged: expected \(layout.totalLength) bytes, found \(size)",
                remedy: "Copy or download it again.", kind: .integrity)
        }
        return SelfExtractingFile(file: file, layout: layout)
    }

    /// The bytes among which the header line is looked for, with zeros added if the file is shorter.
    private static func start(of file: File) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        var count = 0
        while count < bytes.count {
            let got = try bytes.withUnsafeMutableBytes {
                try Sys.read(
                    file.descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]), at: Int64(count))
            }
            if got == 0 { break }
            count += got
        }
        return bytes
    }
}
