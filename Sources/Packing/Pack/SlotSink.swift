import Archive
import Fetch

/// Lets fetched bytes flow into their place in the pack.
struct SlotSink: FetchSink {
    let slot: any PackSlot

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws { try slot.write(bytes, at: offset) }
    func restart() throws { try slot.restart() }
    func finish(size: Int64) throws { try slot.finish(size: size) }
    var destination: (descriptor: Int32, offset: Int64)? { slot.destination }
}
