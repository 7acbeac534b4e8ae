import Support
import Testing

@Suite("Validity of UTF-8")
struct UTF8ValidityTests {
    /// The standard library's opinion, which makes a copy.
    private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    @Test("every sequence of two bytes is judged as the standard library judges it")
    func pairs() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = [first, second]
                #expect(UTF8Validity.isValid(bytes) == isText(bytes), "\(bytes)")
            }
        }
    }

    @Test("sequences of three and four bytes at all borders, whole, cut and at any distance from the start")
    func borders() {
        let borders: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xFF,
        ]
        var wrong: [[UInt8]] = []
        for first in UInt8(0xE0)...UInt8(0xF8) {
            for second in borders {
                for third in borders {
                    for fourth in borders {
                        for margin in [0, 5, 8] {
                            let bytes =
                                Array(repeating: UInt8(ascii: "a"), count: margin) + [first, second, third, fourth]
                            for length in (margin + 1)...bytes.count {
                                let part = Array(bytes[..<length])
                                if UTF8Validity.isValid(part) != isText(part) { wrong.append(part) }
                            }
                        }
                    }
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }

    @Test("texts of any length, with one wrong byte at any place")
    func places() {
        #expect(UTF8Validity.isValid([]))
        let text = Array("plain text, then größer, 日本語, 🙂, and plain text again".utf8)
        for length in 0...text.count {
            let part = Array(text[..<length])
            #expect(UTF8Validity.isValid(part) == isText(part))
        }
        for place in text.indices {
            var bytes = text
            bytes[place] = 0xFF
            #expect(!UTF8Validity.isValid(bytes))
        }
    }
}
