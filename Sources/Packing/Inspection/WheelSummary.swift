import Archive
import CondaModel
import Support

/// What a wheel says of itself, without unpacking its modules.
struct WheelSummary {
    let metadata: CoreMetadata
    /// Path and size of each file, in the order of the archive.
    let files: [(path: ByteString, size: Int64)]

    /// - Throws: `Failure` if it is no wheel or damaged.
    init(_ wheel: FileSlice, scratch: DecoderScratch) throws {
        let entries = try ZipReader(wheel).entries
        let found = entries.filter { entry in
            let parts = entry.name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            return parts.count == 2 && ByteString(parts[0]).hasSuffix(".dist-info")
                && parts[1].elementsEqual("METADATA".utf8)
        }
        guard let entry = found.first else { throw Failure("there is no .dist-info/METADATA in it") }
        if found.count > 1 { throw Failure("there are \(found.count) .dist-info/METADATA in it") }
        metadata = try CoreMetadata(entry.contents(scratch: scratch))
        files = entries.filter { !$0.isDirectory }.map { ($0.name, $0.size) }
    }
}
