import CSystem

/// SHA-256 of several messages at once, in the lanes of vector registers: on a processor without instructions for SHA
/// some five times as fast as one after the other.
public enum SHA256Lanes {
    /// How many messages fit; 0 where it brings nothing.
    public static let count = Int(pixi_sha256_lanes())

    /// Adds `parts[i]` to `hashers[i]`, for up to `count` of both.
    ///
    /// At once if that is faster: all parts are equally long, whole blocks of 64 bytes, and enough of them.
    public static func update(_ hashers: inout [SHA256Hasher], _ parts: [UnsafeRawBufferPointer]) {
        let addresses = parts.compactMap { $0.assumingMemoryBound(to: UInt8.self).baseAddress }
        let size = parts.first?.count ?? 0
        guard let first = addresses.first, addresses.count == hashers.count, hashers.count <= count,
            hashers.count > count / 4, size % 64 == 0, parts.allSatisfy({ $0.count == size }),
            hashers.allSatisfy(\.isBetweenBlocks)
        else {
            for (index, part) in zip(hashers.indices, parts) { hashers[index].update(part) }
            return
        }
        // Lanes without a message hash the first one once more, for nobody.
        let idle = count - hashers.count
        let data: [UnsafePointer<UInt8>?] = addresses + Array(repeating: first, count: idle)
        var words = hashers.flatMap(\.words) + [UInt32](repeating: 0, count: idle * 8)
        words.withUnsafeMutableBufferPointer { words in
            guard let start = words.baseAddress else { return }
            let states: [UnsafeMutablePointer<UInt32>?] = (0..<count).map { start + $0 * 8 }
            pixi_sha256_lanes_update(states, data, size / 64)
        }
        for index in hashers.indices { hashers[index].replace(words[(index * 8)..<(index * 8 + 8)], after: size) }
    }
}
