/// Compresses bytes on their way to another sink.
public final class CompressingSink: ByteSink, @unchecked Sendable {
    private let target: any ByteSink
    private let encoder: any StreamCoder
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    /// - Parameter threads: how many threads may compress.
    public init(_ target: any ByteSink, _ compression: PackCompression, threads: Int) throws {
        self.target = target
        encoder = try compression.makeEncoder(threads: threads)
    }

    deinit { buffer.deallocate() }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let progress = try encoder.step(rest, buffer, isLast: false)
            rest = UnsafeRawBufferPointer(rebasing: rest[progress.consumed...])
            try pass(progress)
        }
    }

    public func finish() throws -> Int64 {
        while true {
            let progress = try encoder.step(UnsafeRawBufferPointer(start: nil, count: 0), buffer, isLast: true)
            try pass(progress)
            if progress.hasEnded { return try target.finish() }
        }
    }

    private func pass(_ progress: CoderProgress) throws {
        if progress.produced == 0 { return }
        try target.write(UnsafeRawBufferPointer(rebasing: buffer[..<progress.produced]))
    }
}
