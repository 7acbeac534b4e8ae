import LibC
import Support

/// Brings the content of members that are not at hand: from a registry, or a part of a file behind a URL.
public protocol PackContentSource: AnyObject, Sendable {
    /// Whether contents come from a server.
    var isRemote: Bool { get }
    /// Brings several, side by side.
    func bring(_ numbers: [Int]) throws
    /// The content; brings it unless it is there.
    func open(_ number: Int) throws -> FileSlice
}
