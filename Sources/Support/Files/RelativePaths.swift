import LibC

/// Many paths, each proven like a `RelativePath`, in one piece of memory.
public struct RelativePaths: Sendable {
    private var bytes: [UInt8] = []
    /// Where each path ends and the next begins.
    private var ends: [Int] = []

    public init() {}

    /// How many there are.
    var count: Int { ends.count }

    public mutating func append(_ path: RelativePath) {
        bytes.append(contentsOf: path.bytes.bytes)
        ends.append(bytes.count)
    }

    /// Adds a path that is written as it would be kept; returns false if it is not.
    public mutating func append(plain path: UnsafeBufferPointer<UInt8>) -> Bool {
        guard RelativePath.isPlain(path) else { return false }
        bytes.append(contentsOf: path)
        ends.append(bytes.count)
        return true
    }

    /// Gives back memory that was reserved for further paths.
    public mutating func trim() {
        bytes = bytes.withUnsafeBufferPointer { Array($0) }
        ends = ends.map { $0 }
    }

    public subscript(index: Int) -> RelativePath {
        RelativePath(proven: ByteString([UInt8](bytes[range(index)])))
    }

    /// Calls `body` with the bytes of a path.
    public func withBytes<Result>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[range(index)])) }
    }

    /// Whether that is the path.
    public func has(_ path: RelativePath, at index: Int) -> Bool {
        let range = range(index)
        guard range.count == path.bytes.count else { return false }
        return path.bytes.bytes.withUnsafeBytes { path in
            bytes.withUnsafeBytes { bytes in
                guard let own = bytes.baseAddress, let other = path.baseAddress else { return false }
                return memcmp(own + range.lowerBound, other, range.count) == 0
            }
        }
    }

    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
}
