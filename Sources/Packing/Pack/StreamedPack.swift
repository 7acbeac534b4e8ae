import Archive
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A pack for a pipe or device, where bytes can only follow each other: the tar is put together in an unnamed file and
/// copied when it is complete, so that a failed run writes nothing.
enum StreamedPack {
    static func writer(_ entries: [PackEntry], to output: File) throws -> TarPackWriter {
        let directory = temporaryDirectory
        let file = try UnlinkedFile.make(in: directory, describedAs: output.path)
        return try TarPackWriter(entries, to: file, spoolDirectory: directory) { size in
            try describing("could not write '\(output.path)'") {
                try FileSlice(file: file, offset: 0, length: size).forEachChunk(size: 1 << 20) {
                    try Sys.writeAll(output.descriptor, $0)
                }
            }
        }
    }

    /// `TMPDIR`, else the folder for large temporary files if there is one.
    private static var temporaryDirectory: ByteString {
        if let variable = getenv("TMPDIR"), variable.pointee != 0 { return ByteString(cString: variable) }
        return (try? Sys.exists("/var/tmp")) == true ? "/var/tmp" : "/tmp"
    }
}
