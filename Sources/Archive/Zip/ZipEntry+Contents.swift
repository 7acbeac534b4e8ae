import CLibDeflate
import Support

extension ZipEntry {
    /// Calls `body` with the content in order. Size and CRC-32 are checked: for small members before the first block,
    /// for large ones after the last.
    ///
    /// - Throws: `Failure` naming the member if its content is damaged or its method unknown.
    public func forEachBlock(scratch: DecoderScratch, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let whole = try smallContents(scratch) {
            try scratch.count(whole.count, from: 0, limit: nil)
            if !whole.isEmpty { try body(whole) }
            return
        }
        let source = try self.source(scratch)
        var checksum: UInt32 = 0
        var left = size
        while true {
            let block = try describing("zip member '\(name)'") { try source.nextBlock() }
            if block.isEmpty { break }
            guard Int64(block.count) <= left else { throw damaged("it unpacks to more than its \(size) bytes") }
            left -= Int64(block.count)
            checksum = libdeflate_crc32(checksum, block.baseAddress, block.count)
            try scratch.count(block.count, from: 0, limit: nil)
            try body(block)
        }
        if left != 0 { throw damaged("it unpacks to \(size - left) bytes, not \(size)") }
        if checksum != crc32 { throw damaged("its checksum is wrong") }
    }

    /// The content as one array, with size and CRC-32 checked.
    ///
    /// - Parameter limit: the most bytes it may have. If nil, 8 MiB or a hundred times its packed size, at most 64 MiB:
    ///   texts with hashes do not compress better than that.
    /// - Throws: `Failure` if it is damaged or has more than `limit` bytes.
    public func contents(scratch: DecoderScratch, limit: Int64? = nil) throws -> [UInt8] {
        let limit = limit ?? min(max(8 << 20, data.length.multipliedReportingOverflow(by: 100).0), 64 << 20)
        guard size <= limit else { throw damaged("it has \(size) bytes, more than the \(limit) allowed") }
        var result: [UInt8] = []
        // The size is only a claim: memory grows with the bytes that really come.
        result.reserveCapacity(Int(min(size, 1 << 20)))
        try forEachBlock(scratch: scratch) { result.append(contentsOf: $0) }
        return result
    }

    /// The content as a stream that is not checked.
    ///
    /// - Throws: `Failure` for compression methods we cannot read.
    func source(_ scratch: DecoderScratch, buffer: UnsafeMutableRawBufferPointer? = nil) throws -> any BlockSource {
        let packed = FileBlockSource(data, buffer: scratch.input.bytes, scratch: scratch)
        switch method {
        case .stored: return packed
        case .deflated: return try InflateSource(packed, scratch: scratch, buffer: buffer ?? scratch.output.bytes)
        case .zstd: return try ZstdSource(packed, scratch: scratch)
        case .other(let number): throw damaged("its compression method \(number) is unknown")
        }
    }

    private func damaged(_ reason: Message) -> Failure {
        Failure("zip member '\(name)': \(reason)", remedy: CondaArchive.damageRemedy)
    }

    /// The checked content of a member that fits the buffers as a whole, for which libdeflate is twice as fast as zlib.
    private func smallContents(_ scratch: DecoderScratch) throws -> UnsafeRawBufferPointer? {
        let (input, output) = (scratch.wholePacked.bytes, scratch.whole.bytes)
        guard method == .deflated || method == .stored, data.length <= input.count, size <= output.count else {
            return nil
        }
        let packed = UnsafeMutableRawBufferPointer(rebasing: input[..<Int(data.length)])
        try data.readFully(at: 0, into: packed)
        scratch.onRead?(packed.count)
        var contents = UnsafeRawBufferPointer(packed)
        if method == .deflated {
            var count = 0
            let result = libdeflate_deflate_decompress(
                try scratch.deflateDecoder(), packed.baseAddress, packed.count, output.baseAddress, Int(size), &count)
            guard result == LIBDEFLATE_SUCCESS, count == Int(size) else {
                throw damaged(
                    result == LIBDEFLATE_INSUFFICIENT_SPACE
                        ? "it unpacks to more than its \(size) bytes" : "damaged deflated data")
            }
            contents = UnsafeRawBufferPointer(rebasing: output[..<count])
        }
        guard libdeflate_crc32(0, contents.baseAddress, contents.count) == crc32 else {
            throw damaged("its checksum is wrong")
        }
        return contents
    }
}
