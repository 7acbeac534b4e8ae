import Testing
import TestKit

@testable import Archive

@Suite("times of tar headers")
struct TarHeaderTimesTests {
    @Test(
        "the headers are followed however the bytes come [install 25]", arguments: [1, 100, 511, 512, 700, 4096])
    func blocks(size: Int) throws {
        var tar = TarBuilder(longNames: .pax)
        tar.file("a", [UInt8](repeating: 1, count: 700), time: 1)
        tar.file(String(repeating: "n", count: 300), "x", time: 2)
        tar.entry("c", type: "0", time: 3, pax: [("mtime", "4.5")])
        let times = observe(tar.finish(), blockSize: size)
        var reader = times
        // 512 + 1024; then 512 + 512 of records, 512 + 512; then the same without content.
        #expect(reader.time(ofEntryAt: 0) == 1)
        #expect(reader.time(ofEntryAt: 1536) == 2)
        #expect(reader.time(ofEntryAt: 3584) == 3)
        #expect(reader.time(ofEntryAt: 3584) == 3)
        #expect(reader.time(ofEntryAt: 9999) == nil)
    }

    @Test("what cannot be followed is given up without a wrong time")
    func lost() {
        var sized = TarBuilder()
        sized.file("a", "x", time: 1)
        sized.entry("b", type: "0", contents: [1], time: 2, pax: [("size", "1")])
        sized.file("c", "x", time: 3)
        var times = observe(sized.finish(), blockSize: 4096)
        #expect(times.time(ofEntryAt: 0) == 1)
        #expect(times.time(ofEntryAt: 1024) == nil)
        var garbage = observe([UInt8](repeating: 7, count: 2048), blockSize: 512)
        #expect(garbage.time(ofEntryAt: 0) == nil)
    }

    private func observe(_ bytes: [UInt8], blockSize: Int) -> TarHeaderTimes {
        var times = TarHeaderTimes()
        for start in stride(from: 0, to: bytes.count, by: blockSize) {
            bytes[start..<min(start + blockSize, bytes.count)].withUnsafeBytes { times.observe($0) }
        }
        return times
    }
}
