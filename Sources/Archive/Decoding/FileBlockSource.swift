import Support

/// The bytes of a part of a file, read with `pread` into a borrowed buffer.
final class FileBlockSource: BlockSource {
    private let slice: FileSlice
    private let buffer: UnsafeMutableRawBufferPointer
    /// Is told what was read.
    private let scratch: DecoderScratch?
    private var position: Int64 = 0

    init(_ slice: FileSlice, buffer: UnsafeMutableRawBufferPointer, scratch: DecoderScratch? = nil) {
        self.slice = slice
        self.buffer = buffer
        self.scratch = scratch
    }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        try Interruption.check()
        let count = try slice.read(at: position, into: buffer)
        position += Int64(count)
        scratch?.onRead?(count)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}
