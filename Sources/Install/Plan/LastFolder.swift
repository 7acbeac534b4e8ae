import LibC
import Support

/// The folder of the path before, in a list of paths: most paths of a package are in the same folder as the one before.
struct LastFolder: Sendable {
    private var bytes: [UInt8] = []

    /// Returns the folder that the path is in, a part of the path's own memory; nil if that is the one of the path
    /// before, or the path is in none.
    mutating func enter(_ path: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        var end = path.count - 1
        while end >= 0, path[end] != UInt8(ascii: "/") { end -= 1 }
        guard end > 0 else { return nil }
        let folder = UnsafeBufferPointer(rebasing: path[..<end])
        let isSame = bytes.withUnsafeBytes { last in
            guard end == last.count, let start = folder.baseAddress, let last = last.baseAddress else { return false }
            return memcmp(start, last, end) == 0
        }
        if isSame { return nil }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: folder)
        return folder
    }
}
