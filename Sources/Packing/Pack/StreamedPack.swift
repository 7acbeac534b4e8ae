import Archive
import Support

/// A pack whose bytes follow each other: for a pipe or device, or compressed. `pixi-pack.json`, without which nothing is
/// a pack, goes out when everything has been fetched and verified.
enum StreamedPack {
    static func writer(_ entries: [PackEntry], to output: File) throws -> StreamedPackWriter {
        try StreamedPackWriter(
            entries, to: output, spool: .init(in: ProcessEnvironment.current.largeTemporaryFolder),
            heldBack: RelativePath(PackManifest.fileName))
    }

    /// A compressed pack, which appears at `path` when it is complete.
    static func compressed(
        _ entries: [PackEntry], at path: ByteString, _ compression: PackCompression
    ) throws -> StreamedPackWriter {
        let pending = try PendingFile(target: path)
        return try StreamedPackWriter(
            entries, to: pending.file, compression: compression, spool: .init(in: pending.target.parentPath),
            heldBack: RelativePath(PackManifest.fileName)
        ) { try pending.commit() }
    }
}
