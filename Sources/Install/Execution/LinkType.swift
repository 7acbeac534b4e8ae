import LibC
import Support

/// `link.type` of a record: how the original would have put the files of a package into the environment. It depends
/// only on the file systems involved (docs/spec/install.md#link). This program writes files directly and never links
/// them.
public enum LinkType: Int64, Sendable {
    case hardLink = 1
    case copy = 3

    /// - Parameters:
    ///   - pack: the pack; if it is a folder, the original extracts its packages there, else in `temporary`.
    ///   - prefix: a directory on the file system of the environment.
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
