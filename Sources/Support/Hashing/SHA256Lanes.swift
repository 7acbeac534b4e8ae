import CSHA256

/// SHA-256 of several messages at once, in the lanes of vector registers. On a processor without instructions for SHA
/// this is some five times as fast as one message after the other (`Sources/CSHA256/README.md`).
public enum SHA256Lanes {
    /// How many messages are hashed at once; 0 where that would not be faster.
    public static let count = Int(pixi_sha256_lanes())

    /// How many this processor could hash at once, whether that is faster or not: what tests try everywhere.
    static let possible = Int(pixi_sha256_possible_lanes())

    /// Adds `parts[i]` to `hashers[i]`, for up to `count` of them.
    ///
    /// Parts of equal length that are whole blocks of 64 bytes are hashed at once if that is faster; the others one by
    /// one.
    public static func update(_ hashers: inout [SHA256Hasher], _ parts: [UnsafeRawBufferPointer]) {
        update(&hashers, parts, lanes: count)
    }

    /// Adds with so many lanes, at most those that are `possible`.
    static func update(_ hashers: inout [SHA256Hasher], _ parts: [UnsafeRawBufferPointer], lanes count: Int) {
        let size = parts.reduce(0) { max($0, $1.count) }
        let equal = zip(hashers.indices, parts).filter { index, part in
            part.count == size && size % 64 == 0 && hashers[index].isBetweenBlocks
        }
        let width = equal.count <= count ? Int(pixi_sha256_lanes_for(Int32(count), Int32(equal.count))) : 0
        for (index, part) in zip(hashers.indices, parts) where width == 0 || !equal.contains(where: { $0.0 == index }) {
            hashers[index].update(part)
        }
        if width > 0 { updateTogether(&hashers, equal, size: size, lanes: count, width: width) }
    }

    private static func updateTogether(
        _ hashers: inout [SHA256Hasher], _ parts: [(index: Int, part: UnsafeRawBufferPointer)], size: Int,
        lanes count: Int, width: Int
    ) {
        let addresses = parts.compactMap { $0.part.assumingMemoryBound(to: UInt8.self).baseAddress }
        guard let first = addresses.first, addresses.count == parts.count else { return }
        // A lane without a message hashes the first message again; its result is dropped.
        let idle = width - parts.count
        let data: [UnsafePointer<UInt8>?] = addresses + Array(repeating: first, count: idle)
        var words = parts.flatMap { hashers[$0.index].words } + [UInt32](repeating: 0, count: idle * 8)
        words.withUnsafeMutableBufferPointer { words in
            guard let start = words.baseAddress else { return }
            let states: [UnsafeMutablePointer<UInt32>?] = (0..<width).map { start + $0 * 8 }
            pixi_sha256_lanes_update(Int32(count), Int32(width), states, data, size / 64)
        }
        for (lane, (index, _)) in parts.enumerated() {
            hashers[index].replace(words[(lane * 8)..<(lane * 8 + 8)], after: size)
        }
    }
}
