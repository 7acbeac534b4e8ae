import Archive
import CondaModel
import Support

/// A file that a package installs, by the package's own metadata.
public struct PackageFile: Sendable, Equatable {
    /// Relative to the environment; for `noarch: python` packages the path in the archive.
    public let path: ByteString
    /// In bytes; nil if the package does not say.
    public let size: UInt64?
    /// Whether it is a symbolic link.
    public let isLink: Bool

    public init(path: ByteString, size: UInt64?, isLink: Bool) {
        self.path = path
        self.size = size
        self.isLink = isLink
    }
}

extension PackageSource {
    /// The files of the package by its metadata. Its payload is not decoded.
    ///
    /// The metadata of a `.conda` is a part of its own. That of a `.tar.bz2` can be anywhere in the stream, usually at
    /// its beginning, so the stream is decoded up to it.
    ///
    /// - Parameter limit: the most bytes of a `.tar.bz2` to decode; nil: as many as needed.
    /// - Returns: nil if the limit was reached before.
    /// - Throws: `Failure` naming the package if it is damaged.
    public func files(scratch: DecoderScratch, limit: Int64?) throws -> [PackageFile]? {
        try describing(
            "could not read package '\(fileName)'", remedy: InstallPlan.packageRemedy
        ) {
            guard let metadata = try PackageMetadata.read(self, scratch: scratch, limit: limit ?? .max) else {
                return nil
            }
            return metadata.paths.filter { $0.kind != .directory }.map {
                PackageFile(path: $0.source.bytes, size: $0.size, isLink: $0.kind == .softlink)
            }
        }
    }
}
