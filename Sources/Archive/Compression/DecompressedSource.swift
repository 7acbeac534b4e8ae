import Support

/// Decodes the bytes of another source: one compressed stream or several in a row, with nothing behind them.
final class DecompressedSource: BlockSource {
    private let upstream: any BlockSource
    private let compression: PackCompression
    private let buffer: UnsafeMutableRawBufferPointer
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var hasInputEnded = false
    /// Nil between streams.
    private var decoder: (any StreamCoder)?
    private var streams = 0
    /// Bytes the current stream has decoded to.
    private var produced = 0

    init(_ upstream: any BlockSource, _ compression: PackCompression) {
        self.upstream = upstream
        self.compression = compression
        buffer = .allocate(byteCount: 256 << 10, alignment: 64)
    }

    deinit { buffer.deallocate() }

    func nextBlock() throws -> UnsafeRawBufferPointer {
        while true {
            try Interruption.check()
            if input.isEmpty && !hasInputEnded {
                input = try upstream.nextBlock()
                hasInputEnded = input.isEmpty
            }
            if decoder == nil, hasInputEnded, streams > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<0]) }
            let count = try step()
            if count > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
        }
    }

    /// - Returns: how many bytes were decoded.
    private func step() throws -> Int {
        let decoder = try decoder ?? compression.makeDecoder()
        self.decoder = decoder
        let progress: CoderProgress
        do {
            progress = try decoder.step(input, buffer, isLast: false)
        } catch {
            if streams > 0 && produced == 0 { throw Failure("there is something else behind the \(compression) data") }
            throw error
        }
        input = UnsafeRawBufferPointer(rebasing: input[progress.consumed...])
        produced += progress.produced
        if progress.hasEnded {
            self.decoder = nil
            streams += 1
            produced = 0
        } else if hasInputEnded && progress.produced == 0 {
            throw Failure(
                "the \(compression) data ends early", remedy: "Copy or download the file again.", kind: .integrity)
        }
        return progress.produced
    }
}
