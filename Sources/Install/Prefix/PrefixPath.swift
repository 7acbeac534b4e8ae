import Support

/// The path of something in the environment, proven to stay below it. Only such paths reach system calls that write.
///
///     let path = try PrefixPath("lib/python3.12/site-packages")
///     path.name  // site-packages
///     try PrefixPath("../outside")  // throws
public struct PrefixPath: Hashable, Sendable, Comparable {
    /// The same path as a relative path of any folder.
    let relative: RelativePath

    /// - Throws: `Failure` if the path is absolute, empty, or contains `..` or a zero byte (docs/spec/install.md#info).
    init(_ path: ByteString) throws { relative = try RelativePath(path) }

    /// A relative path is already proven.
    public init(_ path: RelativePath) { relative = path }

    /// The bytes relative to the prefix, components separated by one `/`.
    public var bytes: ByteString { relative.bytes }

    /// The directory it is in; nil for something directly in the prefix.
    var parent: PrefixPath? { relative.parent.map { PrefixPath($0) } }

    /// The last component.
    var name: ByteString { relative.lastComponent }

    /// The path of `path` below this one.
    func appending(_ path: RelativePath) -> PrefixPath { PrefixPath(relative.appending(path)) }

    /// The order of `conda-meta` (docs/spec/install.md#paths): component by component, each as bytes.
    public static func < (left: PrefixPath, right: PrefixPath) -> Bool { left.relative < right.relative }
}

extension PrefixPath: CustomStringConvertible {
    public var description: String { relative.description }
}
