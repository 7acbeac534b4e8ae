import CLibCrypto
import Support

/// BLAKE2b (RFC 7693).
enum BLAKE2b {
    /// The 64-byte digest of a file, which is read once from start to end.
    static func hash(_ slice: FileSlice) throws -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, EVP_blake2b512(), nil) == 1 else { throw Failure("no memory for a digest") }
        try slice.forEachChunk(size: 1 << 20) { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        return [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            count = 64
        }
    }

    /// The digest of a few bytes in memory, `length` (1...64) bytes long. libcrypto 3.0 computes only digests of 64
    /// bytes, and a shorter digest is not the beginning of a longer one.
    static func hash(_ message: [UInt8], length: Int) -> [UInt8] {
        var state = initial
        state[0] ^= 0x0101_0000 ^ UInt64(length)
        var rest = message[...]
        var total: UInt64 = 0
        repeat {
            let block = rest.prefix(128)
            rest = rest.dropFirst(128)
            total += UInt64(block.count)
            compress(
                &state, Array(block) + [UInt8](repeating: 0, count: 128 - block.count), total, isLast: rest.isEmpty)
        } while !rest.isEmpty
        let bytes = state.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        return Array(bytes.prefix(length))
    }

    private static let initial: [UInt64] = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ]

    private static let order: [[Int]] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ]

    private static func compress(_ state: inout [UInt64], _ block: [UInt8], _ total: UInt64, isLast: Bool) {
        let words: [UInt64] = stride(from: 0, to: 128, by: 8).map { start in
            block[start..<start + 8].reversed().reduce(0) { word, byte in word << 8 | UInt64(byte) }
        }
        var work = state + initial
        work[12] ^= total
        if isLast { work[14] = ~work[14] }
        func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value >> count | value << (64 - count) }
        func mix(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ x: UInt64, _ y: UInt64) {
            work[a] = work[a] &+ work[b] &+ x
            work[d] = rotated(work[d] ^ work[a], 32)
            work[c] = work[c] &+ work[d]
            work[b] = rotated(work[b] ^ work[c], 24)
            work[a] = work[a] &+ work[b] &+ y
            work[d] = rotated(work[d] ^ work[a], 16)
            work[c] = work[c] &+ work[d]
            work[b] = rotated(work[b] ^ work[c], 63)
        }
        for round in 0..<12 {
            let use = order[round % 10].map { words[$0] }
            for column in 0..<4 {
                mix(column, column + 4, column + 8, column + 12, use[2 * column], use[2 * column + 1])
            }
            for diagonal in 0..<4 {
                mix(
                    diagonal, (diagonal + 1) % 4 + 4, (diagonal + 2) % 4 + 8, (diagonal + 3) % 4 + 12,
                    use[2 * diagonal + 8], use[2 * diagonal + 9])
            }
        }
        for index in 0..<8 { state[index] ^= work[index] ^ work[index + 8] }
    }
}
