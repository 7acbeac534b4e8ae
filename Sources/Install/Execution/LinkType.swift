import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `link.type` of a record: how the original would have brought the files of a package into the environment. It goes by
/// the devices alone (docs/spec/install.md#link); here files are written once and never linked.
public enum LinkType: Int64, Sendable {
    case hardLink = 1
    case copy = 3

    /// - Parameters:
    ///   - pack: a folder, in which the original extracts packages; everything else is extracted in `temporary`.
    ///   - prefix: a directory on the environment's device.
    public init(pack: ByteString, temporary: ByteString, prefix: ByteString) {
        var source = try? Sys.stat(pack)
        if source.map({ $0.st_mode & S_IFMT != S_IFDIR }) ?? true { source = try? Sys.stat(temporary) }
        guard let source, let target = try? Sys.stat(prefix) else {
            self = .hardLink
            return
        }
        self = source.st_dev == target.st_dev ? .hardLink : .copy
    }
}
