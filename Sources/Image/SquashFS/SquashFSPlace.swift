/// Where something begins in a table: the block's offset in the image, and the offset in what the block becomes.
struct SquashFSPlace: Sendable {
    var block: UInt64
    var offset: Int
}
