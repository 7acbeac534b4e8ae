import Fetch
import Support

/// Lets fetched bytes flow into a file.
struct FileSink: FetchSink {
    let file: File

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Sys.writeAll(file.descriptor, bytes, at: offset)
    }
    func restart() throws { try Sys.truncate(file.descriptor, to: 0) }
    var freeSpace: Int64? { try? Sys.freeSpace(file.descriptor) }
}
