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
