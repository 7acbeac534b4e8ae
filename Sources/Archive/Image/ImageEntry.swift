import Support

/// A file, link or directory of an image, without its content.
public struct ImageEntry: Sendable {
    public enum Kind: Sendable, Equatable {
        case directory
        /// With its size in bytes; so many bytes follow.
        case file(Int64)
        /// With its text.
        case symlink(ByteString)
        /// Another name of a file of the same part that came before.
        case hardlink(RelativePath)
    }

    /// Relative to the root of the image.
    public let path: RelativePath
    public let kind: Kind
    /// Permission bits.
    public let mode: UInt32
    /// Of its last change, in seconds since 1970.
    public let time: Int64

    public init(path: RelativePath, kind: Kind, mode: UInt32, time: Int64) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.time = time
    }
}

/// What an environment is written into instead of a folder: one or more tar streams, each written by one thread at a time.
public protocol ImageOutput: Sendable {
    /// Where in the image the environment is; nil: the image is the environment.
    var root: RelativePath? { get }
    /// Whether what the installation itself writes is a part of its own, behind all others.
    var hasOwnPart: Bool { get }
    /// The time of what has none of its own, in seconds since 1970.
    var date: Int64 { get }

    /// Into which part each package goes.
    ///
    /// - Parameter items: what is installed, with the bytes of its files.
    /// - Returns: a number for each of them; numbers begin at 0 and leave none out.
    func parts(of items: [(name: String, size: Int64)]) -> [Int]
    /// Begins a part.
    func open(part: Int) throws -> TarImage
    /// Ends a part that is complete.
    func close(part: Int, _ tar: TarImage) throws
}
