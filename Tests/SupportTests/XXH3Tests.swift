import Support
import Testing

@Suite("XXH3")
struct XXH3Tests {
    @Test("of all kinds of length is that of the reference implementation")
    func reference() {
        // By Python's xxhash 3.5: xxh3_64_intdigest(bytes((i * 131 + 7) & 0xff for i in range(n))).
        let known: [(Int, UInt64)] = [
            (0, 0x2d06_8005_38d3_94c2), (1, 0x4c5c_ca45_d0f4_811f), (3, 0x6e3e_2670_e611_06ac),
            (4, 0x5c4c_6313_3443_d03f), (8, 0xf9fd_4dd0_b04d_78f5), (9, 0x7c20_df97_12c2_6edf),
            (16, 0x86ab_f6ba_ccea_0858), (17, 0xb58b_f5dc_5022_d071), (32, 0xe371_2ed8_4c04_a66e),
            (33, 0xa4de_e99b_093e_1f73), (128, 0x10d1_7f72_c0cc_ba41), (129, 0x1648_bdc3_db49_d1a2),
            (240, 0xb6cf_af34_3fab_81e6), (241, 0x956c_ae59_2c67_279e), (1024, 0x70bd_377d_9574_f4bb),
            (1025, 0x66c4_487c_41e1_27a7), (5000, 0xe400_7929_540f_095c),
        ]
        for (count, hash) in known {
            #expect(XXH3.hash((0..<count).map { UInt8(truncatingIfNeeded: $0 * 131 + 7) }) == hash, "\(count)")
        }
    }
}
