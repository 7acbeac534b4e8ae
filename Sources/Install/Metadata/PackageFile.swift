import Archive
import CondaModel
import Support

/// A file a package installs, as the package itself says.
public struct PackageFile: Sendable, Equatable {
    /// In the environment, or for `noarch: python` packages as the archive has it.
    public let path: ByteString
    /// Bytes; nil if the package does not tell.
    public let size: UInt64?
    public let isLink: Bool

    public init(path: ByteString, size: UInt64?, isLink: Bool) {
        self.path = path
        self.size = size
        self.isLink = isLink
    }
}

extension PackageSource {
    /// The files of the package, by its metadata; its payload is not decoded.
    ///
    /// The metadata of a `.conda` is a part of its own. That of a `.tar.bz2` lies anywhere in one stream, mostly at its
    /// beginning, so that the stream has to be decoded up to it.
    ///
    /// - Parameter limit: the most bytes of a `.tar.bz2` to decode; nil: as many as it takes.
    /// - Returns: nil if the limit was met.
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
