import Support

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
