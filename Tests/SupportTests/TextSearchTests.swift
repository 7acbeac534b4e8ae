import Support
import Testing

@Suite("Finding text in text")
struct TextSearchTests {
    @Test(
        "Text occurs where its bytes do",
        arguments: [("abc", "b", true), ("abc", "bc", true), ("abc", "cb", false), ("", "a", false), ("abc", "", true)])
    func contains(text: String, part: String, occurs: Bool) {
        #expect(text.contains(text: part) == occurs)
    }

    @Test("Characters that are equivalent but other bytes are other text") func bytes() {
        #expect(!"\u{E9}".contains(text: "e\u{301}"))
        #expect("a\r\nb".contains(text: "\n"))
    }

    @Test("Every occurrence is replaced, from left to right") func replacing() {
        #expect("a-b--c".replacing(text: "-", with: "+") == "a+b++c")
        #expect("aaa".replacing(text: "aa", with: "b") == "ba")
        #expect("abc".replacing(text: "x", with: "y") == "abc")
        #expect("it's".replacing(text: "'", with: "'\\''") == "it'\\''s")
    }

    @Test("Parts lie between separators; empty ones count") func parts() {
        #expect("a @ b @ c".parts(between: " @ ") == ["a", "b", "c"])
        #expect("a @ b @ c".parts(between: " @ ", maxSplits: 1) == ["a", "b @ c"])
        #expect("==x==".parts(between: "==") == ["", "x", ""])
        #expect("abc".parts(between: "x") == ["abc"])
        #expect("abc".parts(between: "") == ["abc"])
        #expect("".parts(between: "x") == [""])
    }

    @Test("Ranges of bytes are indices of the slice") func ranges() {
        let bytes = Array("xxabcab".utf8)
        #expect(bytes[...].firstRange(ofBytes: Array("ab".utf8)) == 2..<4)
        #expect(bytes[3...].firstRange(ofBytes: Array("ab".utf8)) == 5..<7)
        #expect(bytes[3...].firstRange(ofBytes: Array("xx".utf8)) == nil)
        #expect(bytes[3...].firstRange(ofBytes: []) == 3..<3)
    }
}
