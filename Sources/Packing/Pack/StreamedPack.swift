import Archive
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A pack whose bytes follow each other: for a pipe or device, or compressed. `pixi-pack.json`, without which nothing is
/// a pack, goes out when everything has been fetched and verified.
enum StreamedPack {
    static func writer(_ entries: [PackEntry], to output: File) throws -> StreamedPackWriter {
        try StreamedPackWriter(
            entries, to: output, spoolDirectory: temporaryDirectory, heldBack: RelativePath(PackManifest.fileName))
    }

    /// A compressed pack, which appears at `path` when it is complete.
    static func compressed(
        _ entries: [PackEntry], at path: ByteString, _ compression: PackCompression
    ) throws -> StreamedPackWriter {
        let pending = try PendingFile(target: path)
        return try StreamedPackWriter(
            entries, to: pending.file, compression: compression, spoolDirectory: pending.target.parentPath,
            heldBack: RelativePath(PackManifest.fileName)
        ) { try pending.commit() }
    }

    /// `TMPDIR`, else the folder for large temporary files if there is one.
    private static var temporaryDirectory: ByteString {
        if let variable = getenv("TMPDIR"), variable.pointee != 0 { return ByteString(cString: variable) }
        return (try? Sys.exists("/var/tmp")) == true ? "/var/tmp" : "/tmp"
    }
}
