import Archive
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A pack for a pipe or device. `pixi-pack.json`, without which nothing is a pack, goes out when everything has been
/// fetched and verified.
enum StreamedPack {
    static func writer(_ entries: [PackEntry], to output: File) throws -> StreamedPackWriter {
        try StreamedPackWriter(
            entries, to: output, spoolDirectory: temporaryDirectory, heldBack: RelativePath("pixi-pack.json"))
    }

    /// `TMPDIR`, else the folder for large temporary files if there is one.
    private static var temporaryDirectory: ByteString {
        if let variable = getenv("TMPDIR"), variable.pointee != 0 { return ByteString(cString: variable) }
        return (try? Sys.exists("/var/tmp")) == true ? "/var/tmp" : "/tmp"
    }
}
