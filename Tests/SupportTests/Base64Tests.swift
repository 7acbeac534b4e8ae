import Support
import Testing

@Suite struct Base64Tests {
    @Test(
        "RFC 4648 §10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(_ text: String, _ digits: String) {
        #expect(Base64.standard.encode(text.utf8) == digits)
        #expect(Base64.standard.decode(digits.utf8) == Array(text.utf8))
        let unpadded = digits.filter { $0 != "=" }
        #expect(Base64.url.encode(text.utf8) == unpadded)
        #expect(Base64.url.decode(unpadded.utf8) == Array(text.utf8))
    }

    @Test func alphabets() {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
        #expect(Base64.standard.encode(bytes) == "++//")
        #expect(Base64.url.encode(bytes) == "--__")
        #expect(Base64.standard.decode("--__".utf8) == nil)
        #expect(Base64.url.decode("++//".utf8) == nil)
    }

    @Test("there is one exact form", arguments: 0..<8)
    func exact(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 89 + 200) }
        let text = Base64.standard.encode(bytes)
        #expect(Base64.standard.decodeExactly(text.utf8) == bytes)
        for wrong in [text + "=", text + "A", String(text.dropLast()), "!" + text.dropFirst()] where wrong != text {
            #expect(Base64.standard.decodeExactly(wrong.utf8) == nil || wrong.isEmpty)
        }
        #expect(Base64.standard.decodeExactly("QR==".utf8) == nil)
        #expect(Base64.standard.decode("QR==".utf8) == [0x41])
    }

    @Test("what is no base64 is not read", arguments: ["A", "AAAAA", "A===", "Zg =", "Zé"])
    func malformed(_ text: String) {
        #expect(Base64.standard.decode(text.utf8) == nil)
    }
}
