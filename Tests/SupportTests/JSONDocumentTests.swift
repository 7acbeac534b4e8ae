import Support
import Testing

@Suite struct JSONDocumentTests {
    @Test func readsValuesInOrder() throws {
        let root = try JSONDocument(
            Array(#"{"b": [1, -2, 3.5, true, null], "a": "x\n\u00e9\ud83d\ude00", "b2": {}}"#.utf8)
        ).root
        #expect(root.members?.map(\.name) == ["b", "a", "b2"])
        #expect(root["b"]?.elements?.map(\.int64) == [1, -2, nil, nil, nil])
        #expect(root["a"]?.string == "x\né😀")
        #expect(root["b2"]?.members?.count == 0)
        #expect(root["c"] == nil)
    }

    @Test(arguments: ["", "{", "[1,]", "[01]", "{\"a\" 1}", "\"\u{1}\"", "[1] x", "nul", "\"\\x\"", "-", "1."])
    func refusesBrokenText(_ text: String) {
        #expect(throws: Failure.self) { try JSONDocument(Array(text.utf8)) }
    }

    @Test func refusesDeepNesting() throws {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect { try JSONDocument(deep) } throws: { "\($0)".contains("nested deeper than 128") }
    }

    @Test func namesThePlaceOfAnError() {
        #expect { try JSONDocument(Array("{\n  \"a\": x\n}".utf8)) } throws: { "\($0)".contains("line 2 column 8") }
    }
}
