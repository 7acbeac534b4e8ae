import Testing

@testable import Support

/// Also on processors that use instructions for SHA instead.
@Suite("SHA-256 in lanes", .enabled(if: SHA256Lanes.possible > 0, "the processor has no vector registers for it"))
struct SHA256LanesTests {
    /// Those of AVX2, and of AVX-512.
    private static let widths = [8, 16].filter { $0 <= SHA256Lanes.possible }

    @Test("they are used where that is faster") func choice() {
        #expect(SHA256Lanes.count == 0 || SHA256Lanes.count == SHA256Lanes.possible)
    }

    @Test("many at once give what one after the other does", arguments: 1...17, widths)
    func equal(count: Int, lanes: Int) {
        var parts: [[UInt8]] = []
        for index in 0..<count {
            parts.append((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index &* $0 >> 5) })
        }
        var hashers = (0..<count).map { _ in SHA256Hasher() }
        for round in 0..<3 {
            let pointers = parts.map { part in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 64)
                copy.copyBytes(from: part)
                return UnsafeRawBufferPointer(copy)
            }
            // The last round is not of whole blocks.
            SHA256Lanes.update(
                &hashers, round < 2 ? pointers : pointers.map { UnsafeRawBufferPointer(rebasing: $0[..<100]) },
                lanes: lanes)
            for pointer in pointers { pointer.deallocate() }
        }
        for (index, part) in parts.enumerated() {
            #expect(hashers[index].finish() == SHA256Hasher.hash(part + part + part[..<100]))
        }
    }

    @Test("parts of other lengths, and messages between blocks, do not hinder the rest", arguments: widths)
    func unequal(lanes: Int) {
        let bytes = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 3) }
        let sizes = [4096, 4096, 100, 4096, 64, 4096, 0, 4096, 4096, 4095, 4096, 4096]
        var hashers = sizes.indices.map { _ in SHA256Hasher() }
        bytes.withUnsafeBytes { bytes in
            hashers[3].update(UnsafeRawBufferPointer(rebasing: bytes[..<7]))
            SHA256Lanes.update(&hashers, sizes.map { UnsafeRawBufferPointer(rebasing: bytes[..<$0]) }, lanes: lanes)
        }
        for (index, size) in sizes.enumerated() {
            let expected = (index == 3 ? Array(bytes[..<7]) : []) + bytes[..<size]
            #expect(hashers[index].finish() == SHA256Hasher.hash(expected))
        }
    }

    @Test("lengths beyond 512 MiB are counted right", arguments: widths)
    func long(lanes: Int) {
        var single = SHA256Hasher()
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        bytes.withUnsafeBytes { bytes in
            for _ in 0..<511 { single.update(bytes) }
            var hashers = Array(repeating: single, count: lanes)
            for _ in 0..<2 {
                single.update(bytes)
                SHA256Lanes.update(&hashers, Array(repeating: bytes, count: hashers.count), lanes: lanes)
            }
            let expected = single.finish()
            for index in hashers.indices { #expect(hashers[index].finish() == expected) }
        }
    }
}
