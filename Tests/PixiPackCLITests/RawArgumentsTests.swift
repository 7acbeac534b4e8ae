import Support
import Testing

@testable import PixiPackCLI

struct RawArgumentsTests {
    @Test(
        "arguments keep their bytes",
        arguments: [
            Array("plain".utf8), Array("gr\u{FC}n/\u{1F4E6}".utf8), [], [0xFF], [0x61, 0xC3], [0xE2, 0x82, 0x61, 0xFE],
            // A scalar that serves as an escape, its bytes valid UTF-8.
            Array("a\u{10FF80}\u{10FFFF}".utf8), [0xF4, 0x8F, 0xBE, 0x80, 0xED, 0xA0, 0x80],
        ] as [[UInt8]])
    func roundTrip(bytes: [UInt8]) {
        let text = RawArguments.text(of: ByteString(bytes))
        #expect(RawArguments.bytes(of: text).bytes == bytes)
        #expect(PathArgument(argument: text)?.path.bytes == (bytes.isEmpty ? nil : bytes))
    }

    @Test("text is itself") func text() {
        #expect(RawArguments.text(of: "e\u{301}") == "e\u{301}")
    }
}
