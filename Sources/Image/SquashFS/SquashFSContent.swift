/// Where the content of a file is: whole blocks in a row, and an end that may lie in a block with those of other files.
struct SquashFSContent: Sendable {
    /// Where the first block is, in bytes from the start of the image.
    let start: UInt64
    /// In bytes.
    let size: Int64
    /// How many blocks of its own it has.
    let blocks: Int64
    /// The number of the block with its end, and where the end begins in it; nil if it has none there.
    let fragment: Fragment?
    /// The list of the sizes of its blocks.
    let sizes: SquashFSPlace

    struct Fragment: Sendable {
        let number: UInt32
        let offset: Int
    }

    init(
        start: UInt64, fragment: UInt64, offset: UInt64, size: UInt64, blockSize: Int, sizes: SquashFSPlace
    ) throws {
        guard size < 1 << 62, fragment <= 0xFFFF_FFFF, offset < 1 << 31 else {
            throw SquashFSDecoder.damaged("a file of \(size) bytes")
        }
        self.start = start
        self.size = Int64(size)
        self.sizes = sizes
        let hasFragment = fragment != 0xFFFF_FFFF
        self.fragment = hasFragment ? Fragment(number: UInt32(fragment), offset: Int(offset)) : nil
        let whole = self.size / Int64(blockSize)
        blocks = hasFragment || self.size % Int64(blockSize) == 0 ? whole : whole + 1
    }
}
