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

/// A package that goes into an image.
public struct ImageItem: Sendable {
    public let name: String
    /// Bytes of its archive.
    public let size: Int64
    /// When it was built, in seconds since 1970; nil if it does not say.
    public let time: Int64?

    public init(name: String, size: Int64, time: Int64?) {
        self.name = name
        self.size = size
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
    /// Whether parts have times of their own, those of their packages: then a part is the same in all environments with
    /// these packages.
    var datesParts: Bool { get }

    /// Into which part each package goes: a number for each of them; numbers begin at 0 and leave none out.
    func parts(of items: [ImageItem]) -> [Int]
    /// Begins a part, whose folders have this date.
    func open(part: Int, date: Int64) throws -> TarImage
    /// Ends a part that is complete.
    func close(part: Int, _ tar: TarImage) throws
}

/// An image that is read: the counterpart of `ImageOutput`.
public protocol ImageInput: Sendable {
    /// Everything in it; folders come before what is in them, and names of a file behind the first one are hard links.
    var entries: [ImageEntry] { get }
    /// The files among them, by their places; those in one group are best read one after the other.
    var groups: [[Int]] { get }

    /// Reads contents, for one thread at a time.
    func makeContents() throws -> any ImageContents
}

/// Reads contents of an image. Use by one thread at a time.
public protocol ImageContents: AnyObject {
    /// Gives `sink` the content of a file piece by piece.
    ///
    /// - Parameter entry: its place among the entries.
    func read(_ entry: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws
}
