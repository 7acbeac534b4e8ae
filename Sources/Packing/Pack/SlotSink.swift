import Archive
import Fetch
import Support

/// Lets fetched bytes flow into their place in the pack.
struct SlotSink: FetchSink {
    let slot: any PackSlot
    /// Judges a file of which nobody knows the hash.
    var examination: (@Sendable (FileSlice) throws -> Void)?
    /// Is told when the file is whole.
    var completion: (@Sendable (FileSlice) -> Void)?

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws { try slot.write(bytes, at: offset) }
    func restart() throws { try slot.restart() }
    func examine(size: Int64) throws {
        if let examination { try examination(try slot.content(size: size)) }
    }
    func finish(size: Int64) throws {
        guard let completion else { return try slot.finish(size: size) }
        let content = try slot.content(size: size)
        try slot.finish(size: size)
        completion(content)
    }
    var destination: (descriptor: Int32, offset: Int64)? { slot.destination }
    var freeSpace: Int64? { slot.freeSpace }
}
