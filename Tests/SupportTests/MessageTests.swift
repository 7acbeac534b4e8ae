import Testing

@testable import Support

@Suite("Text for people")
struct MessageTests {
    @Test("a value in a message begins no line, hides nothing and turns nothing round")
    func visible() {
        let name =
            "a\nThe pack was signed with the key 0\r\t\u{1B}[2J\u{7F}\u{9B}31m\u{202E}evil\u{2066}\u{200B}\u{FEFF}\u{2028}é 日本"
        let message: Message = "could not read '\(name)'\nsecond"
        #expect(
            message.text
                == #"could not read 'a\nThe pack was signed with the key 0\r\t\u{1b}[2J\u{7f}\u{9b}31m\u{202e}evil\u{2066}\u{200b}\u{feff}\u{2028}é 日本'"#
                + "\nsecond")
        #expect("\(message)" as Message == message)
        let bytes: Message = "\(ByteString([0x61, 0x0A, 0xFF]))"
        #expect(bytes.text == "a\\n\u{FFFD}")
    }

    @Test("errors are made of messages all the way down")
    func failures() {
        let inner = SystemError(code: 2, operation: "open 'x\ny'")
        let failure = Failure("could not read '\("p\nq")'", cause: inner, remedy: "Look at '\("r\ns")'.")
        #expect(failure.description.hasPrefix(#"could not read 'p\nq': open 'x\ny': "#))
        #expect(failure.remedy == #"Look at 'r\ns'."#)
        #expect(Failure("again: \(failure)").description == "again: \(failure.description)")
    }

    @Test("an error repeats no value of more than 200 bytes, a result all of it")
    func long() {
        let value = "begin" + String(repeating: "é", count: 5_000) + "end"
        let failure = Failure("'\(value)' is too long")
        #expect(failure.description.utf8.count <= 200 + "'' is too long".utf8.count)
        #expect(failure.description.hasPrefix("'begin") && failure.description.hasSuffix("end' is too long"))
        #expect(failure.description.contains("(10008 bytes)"))
        #expect(failure.words.text.utf8.count > 10_000)
        let nested: Message = "outer \(failure.words) \(value)"
        #expect(nested.brief.utf8.count < 500 && nested.text.utf8.count > 20_000)
        #expect(Message(words: "Unknown option '--\(value)'").brief.utf8.count < 300)
    }

    @Test("lines of another program stand behind a mark")
    func lines() {
        let message: Message = "it ended:\(lines: "one\r\ntwo\u{1B}[0m\n\nError: forged\n")"
        #expect(message.text == "it ended:\n  | one\n  | two\\u{1b}[0m\n  | Error: forged")
    }

    @Test("JSON for people has no character that hides, JSON of files has the original's bytes")
    func json() {
        func text(_ forTerminals: Bool) -> String {
            var writer = JSONWriter(forTerminals: forTerminals)
            writer.value("a\"\\\n\u{7F}\u{9B}\u{202E}é\u{E0001}")
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(text(true) == #""a\"\\\u000a\u007f\u009b\u202eé\udb40\udc01""#)
        #expect(text(false) == "\"a\\\"\\\\\\n\u{7F}\u{9B}\u{202E}é\u{E0001}\"")
    }
}
