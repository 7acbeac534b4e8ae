/// What happens on the way. All bytes of a phase are of one kind: those of archives as they are packed, whether they are
/// downloaded, unpacked or verified.
public enum ProgressEvent: Sendable {
    /// A phase begins, for example "Fetching packages": with the bytes of the items whose size is known, and how many
    /// items will tell theirs only later; nil: no bytes are counted.
    case phaseBegan(name: Message, items: Int, bytes: Int64?, unsized: Int = 0)
    /// One item (package, wheel) begins; `id` is unique in the phase.
    case itemBegan(id: Int, name: Message, bytes: Int64?)
    /// The size of the item is known now, or is another than was said.
    case itemSized(id: Int, bytes: Int64)
    /// A server is asked for the item, for example `https://conda.anaconda.org`.
    case itemAsked(id: Int, server: Message)
    /// Nothing happens to the item for a while: why, which try of how many comes next, in how many seconds where that
    /// is known.
    case itemWaiting(id: Int, reason: Message, next: Int?, tries: Int, seconds: Double?)
    /// `bytes` more of the item are done.
    case itemAdvanced(id: Int, bytes: Int64)
    case itemEnded(id: Int)
    /// The item ends, and is not done.
    case itemFailed(id: Int, reason: Message)
    case phaseEnded
}
