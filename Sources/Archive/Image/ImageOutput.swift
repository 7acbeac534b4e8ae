import Support

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
