import Support

/// Receives bytes in order. One thread at a time uses it, and it may move between threads, hence `Sendable`.
public protocol ByteSink: AnyObject, Sendable {
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// Says that no more bytes come.
    ///
    /// - Returns: how many bytes the last sink of the chain has received.
    func finish() throws -> Int64
}

/// Writes to a file or pipe.
public final class DescriptorSink: ByteSink, @unchecked Sendable {
    private let output: File
    private var size: Int64 = 0

    public init(_ output: File) { self.output = output }

    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        try Sys.writeAll(output.descriptor, bytes)
        size += Int64(bytes.count)
    }

    public func finish() -> Int64 { size }
}

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
