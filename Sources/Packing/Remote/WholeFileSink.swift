import Archive
import Fetch
import Support

/// Writes to a whole file.
struct WholeFileSink: FetchSink {
    let file: File
    /// Is told of what has come.
    var arriving: ArrivingPack?

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        try Sys.writeAll(file.descriptor, bytes, at: offset)
        arriving?.note(size: offset + Int64(bytes.count))
    }
    func restart() throws {
        arriving?.restart()
        try Sys.truncate(file.descriptor, to: 0)
    }
    var freeSpace: Int64? { try? Sys.freeSpace(file.descriptor) }
}
