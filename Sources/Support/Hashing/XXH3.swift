/// The 64-bit hash XXH3 without a seed (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). It protects
/// against nothing; pixi tells by it whether an environment is that of a lock file.
public enum XXH3 {
    /// The hash of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { input in
            secret.withUnsafeBytes { secret in XXH3State(input: input, secret: secret).hash() }
        }
    }

    private static let secret =
        ([
            0xbe4b_a423_396c_feb8, 0x1cad_21f7_2c81_017c, 0xdb97_9083_e96d_d4de, 0x1f67_b3b7_a4a4_4072,
            0x78e5_c0cc_4ee6_79cb, 0x2172_ffcc_7dd0_5a82, 0x8e24_43f7_7446_08b8, 0x4c26_3a81_e690_35e0,
            0xcb00_c391_bb52_283c, 0xa32e_531b_8b65_d088, 0x4ef9_0da2_9748_6471, 0xd8ac_dea9_46ef_1938,
            0x3f34_9ce3_3f76_faa8, 0x1d4f_0bc7_c7bb_dcf9, 0x3159_b4cd_4be0_518a, 0x6473_78d9_c97e_9fc8,
            0xc3eb_d334_83ac_c5ea, 0xeb63_13fa_ffa0_81c5, 0x49da_f0b7_51dd_0d17, 0x9e68_d429_2655_16d3,
            0xfca1_477d_58be_162b, 0xce31_d07a_d1b8_f88f, 0x2804_1695_8f3a_cb45, 0x7e40_4bbb_cafb_d7af,
        ] as [UInt64]).map(\.littleEndian)
}

private struct XXH3State {
    let input: UnsafeRawBufferPointer
    let secret: UnsafeRawBufferPointer

    private static let prime32: (UInt64, UInt64, UInt64) = (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D)
    private static let prime64: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )
    private static let stripe = 64
    private static let stripesOfBlock = 16

    func hash() -> UInt64 {
        switch input.count {
        case 0...16: hashOfTiny()
        case 17...128: hashOfShort()
        case 129...240: hashOfMedium()
        default: hashOfLong()
        }
    }

    // MARK: By length

    private func hashOfTiny() -> UInt64 {
        let count = input.count
        switch count {
        case 0: return avalanche64(key(56) ^ key(64))
        case 1...3:
            let (first, middle, last) = (UInt32(input[0]), UInt32(input[count >> 1]), UInt32(input[count - 1]))
            let combined = first << 16 | middle << 24 | last | UInt32(count) << 8
            return avalanche64(UInt64(combined ^ half(secret, 0) ^ half(secret, 4)))
        case 4...8:
            let value = UInt64(half(input, count - 4)) &+ UInt64(half(input, 0)) << 32
            var hash = value ^ key(8) ^ key(16)
            hash ^= rotated(hash, 49) ^ rotated(hash, 24)
            hash &*= 0x9FB2_1C65_1E98_DF25
            hash ^= (hash >> 35) &+ UInt64(count)
            hash &*= 0x9FB2_1C65_1E98_DF25
            return hash ^ hash >> 28
        default:
            let low = word(0) ^ key(24) ^ key(32)
            let high = word(count - 8) ^ key(40) ^ key(48)
            return avalanche(UInt64(count) &+ low.byteSwapped &+ high &+ folded(low, high))
        }
    }

    private func hashOfShort() -> UInt64 {
        let count = input.count
        var hash = UInt64(count) &* Self.prime64.0
        for pair in (0...(count - 1) / 32).reversed() {
            hash &+= mixed(pair * 16, pair * 32)
            hash &+= mixed(count - 16 - pair * 16, pair * 32 + 16)
        }
        return avalanche(hash)
    }

    private func hashOfMedium() -> UInt64 {
        let count = input.count
        var hash = UInt64(count) &* Self.prime64.0
        for round in 0..<8 { hash &+= mixed(round * 16, round * 16) }
        hash = avalanche(hash)
        for round in 8..<count / 16 { hash &+= mixed(round * 16, (round - 8) * 16 + 3) }
        return avalanche(hash &+ mixed(count - 16, 136 - 17))
    }

    private func hashOfLong() -> UInt64 {
        var sums = [
            Self.prime32.2, Self.prime64.0, Self.prime64.1, Self.prime64.2, Self.prime64.3, Self.prime32.1,
            Self.prime64.4, Self.prime32.0,
        ]
        // The last stripe ends with the input and is taken apart.
        let stripes = (input.count - 1) / Self.stripe
        for stripe in 0..<stripes {
            let place = stripe % Self.stripesOfBlock
            accumulate(&sums, stripe * Self.stripe, place * 8)
            if place == Self.stripesOfBlock - 1 { scramble(&sums) }
        }
        accumulate(&sums, input.count - Self.stripe, secret.count - Self.stripe - 7)
        var hash = UInt64(input.count) &* Self.prime64.0
        for pair in 0..<4 {
            hash &+= folded(sums[2 * pair] ^ key(11 + 16 * pair), sums[2 * pair + 1] ^ key(19 + 16 * pair))
        }
        return avalanche(hash)
    }

    // MARK: Steps

    private func accumulate(_ sums: inout [UInt64], _ offset: Int, _ keyOffset: Int) {
        for lane in 0..<8 {
            let value = word(offset + 8 * lane)
            let mixed = value ^ key(keyOffset + 8 * lane)
            sums[lane ^ 1] &+= value
            sums[lane] &+= (mixed & 0xFFFF_FFFF) &* (mixed >> 32)
        }
    }

    private func scramble(_ sums: inout [UInt64]) {
        for lane in 0..<8 {
            let sum = sums[lane]
            sums[lane] = (sum ^ sum >> 47 ^ key(secret.count - Self.stripe + 8 * lane)) &* Self.prime32.0
        }
    }

    private func mixed(_ offset: Int, _ keyOffset: Int) -> UInt64 {
        folded(word(offset) ^ key(keyOffset), word(offset + 8) ^ key(keyOffset + 8))
    }

    private func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    private func avalanche(_ hash: UInt64) -> UInt64 {
        let mixed = (hash ^ hash >> 37) &* 0x1656_6791_9E37_79F9
        return mixed ^ mixed >> 32
    }

    /// That of XXH64.
    private func avalanche64(_ hash: UInt64) -> UInt64 {
        var mixed = (hash ^ hash >> 33) &* Self.prime64.1
        mixed = (mixed ^ mixed >> 29) &* Self.prime64.2
        return mixed ^ mixed >> 32
    }

    private func rotated(_ hash: UInt64, _ bits: UInt64) -> UInt64 { hash << bits | hash >> (64 - bits) }

    private func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private func key(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: secret.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private func half(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
