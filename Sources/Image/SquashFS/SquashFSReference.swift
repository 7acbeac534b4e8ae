/// Where an inode is: in which block of the table of inodes, counted in bytes from its start, and at which byte of that
/// block when it is decoded.
struct SquashFSReference: Hashable, Sendable {
    let block: UInt64
    let offset: Int

    init(_ word: UInt64) {
        block = word >> 16
        offset = Int(word & 0xFFFF)
    }
}
