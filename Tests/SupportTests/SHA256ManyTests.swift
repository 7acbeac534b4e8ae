import Support
import TestKit
import Testing

@Suite("SHA-256 of many slices")
struct SHA256ManyTests {
    @Test("slices of all lengths give what each alone does; one that cannot be read spoils no other")
    func digests() throws {
        let folder = try TemporaryDirectory()
        let bytes = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        try folder.write("file", bytes)
        let file = try File.open(folder("file"))
        let lengths = [
            1 << 20, 700_001, 500_000, 400_000, 300_000, 99_999, 65_536, 65_536, 32_769, 32_768, 32_767, 64, 63, 1,
            0, 0, 70_000, 5, 200_000, 32_768, 40_000,
        ].map(Int64.init)
        let digests = try SHA256Lanes.digests(total: lengths.count + 2) { index in
            if index == lengths.count { throw Failure("there is none") }
            // Reaches beyond the end of the file.
            if index > lengths.count { return FileSlice(file: file, offset: 3 << 20 - 100_000, length: 200_000) }
            return FileSlice(file: file, offset: Int64(index * 1000), length: lengths[index])
        }
        for (index, length) in lengths.enumerated() {
            let alone = SHA256Hasher.hash(bytes[(index * 1000)..<(index * 1000 + Int(length))])
            #expect(try digests[index]?.get() == alone)
        }
        for index in lengths.count..<digests.count {
            #expect(throws: Failure.self) { try digests[index]?.get() }
        }
    }

    @Test("of nothing there is nothing")
    func none() throws {
        #expect(try SHA256Lanes.digests(total: 0) { _ in throw Failure("never asked") }.isEmpty)
    }
}
