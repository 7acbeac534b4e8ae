import CondaModel
import Support
import TestKit
import Testing

@testable import Install

@Suite("paths.json in one pass") struct PathTableTests {
    private static let digest = String(repeating: "0a", count: 32)

    private func text(_ paths: String...) -> [UInt8] {
        Array("{\"paths\": [\(paths.joined(separator: ",\n  "))], \"paths_version\": 1}".utf8)
    }

    private func scan(_ text: [UInt8]) -> Int? {
        var count = 0
        do {
            try PathsScanner.forEach(in: text) { _ in count += 1 }
            return count
        } catch { return nil }
    }

    private func budget() -> MetadataBudget { MetadataBudget(packed: 0) }

    @Test("what tools write is plain, and read with all its values") func plain() throws {
        let text = text(
            #"{"_path": "bin/a", "path_type": "hardlink", "sha256": "\#(Self.digest)", "size_in_bytes": 12}"#,
            #"{"path_type":"hardlink","_path":"lib/\u00e9 \"q\"","no_link":true,"prefix_placeholder":"/p","file_mode":"text"}"#,
            #"{"_path": "lib/é", "path_type": "softlink", "sha256": null, "size_in_bytes": null, "inode_paths": 0}"#,
            #"{"_path": "share/x", "path_type": "directory", "file_mode": null, "prefix_placeholder": null, "other": "y"}"#
        )
        #expect(scan(text) == 4)
        #expect(scan(self.text()) == 0)
        #expect(scan(Array(" {\"paths_version\" : 1 ,\n\"paths\":[ ] } \n".utf8)) == 0)
        let paths = try PathsJSON.parse(text, budget: budget())
        #expect(paths.map(\.source.bytes) == ["bin/a", "lib/é \"q\"", "lib/é", "share/x"])
        #expect(paths.map(\.kind) == [.hardlink, .hardlink, .softlink, .directory])
        #expect(paths.map(\.size) == [12, nil, nil, nil])
        #expect(paths[0].sha256?.hex == Self.digest && paths[1].noLink)
        #expect(paths[1].placeholder == .init(text: "/p", mode: .text))
        let table = try PathTable(text, budget: budget())
        #expect(!table.isOdd && table.leastSize == 1024 + 512 + 512)
        let again = try table.paths()
        #expect(again.map(\.source) == paths.map(\.source) && again.map(\.kind) == paths.map(\.kind))
        #expect(again.map(\.placeholder) == paths.map(\.placeholder))
    }

    @Test(
        "what is not plain, or wrong, is left to the reader that knows what to say",
        arguments: [
            #"{"_path": "a", "_path": "b", "path_type": "hardlink"}"#, #"{"_path": "a", "path_type": "file"}"#,
            #"{"_path": "a", "path_type": "hardlink", "x": {}}"#, #"{"_path": "a", "path_type": "hardlink", "x": [1]}"#,
            #"{"_path": "a", "path_type": "hardlink", "size_in_bytes": -1}"#,
            #"{"_path": "a", "path_type": "hardlink", "size_in_bytes": 1e3}"#,
            #"{"_path": "a", "path_type": "hardlink", "size_in_bytes": 01}"#,
            #"{"_path": "a", "path_type": "hardlink", "sha256": "12"}"#,
            #"{"_path": "a", "path_type": "hardlink", "no_link": null}"#,
            #"{"_path": "a\x", "path_type": "hardlink"}"#, #"{"_path": "a\u12", "path_type": "hardlink"}"#,
            #"{"_path": "a", "path_type": "hardlink"},"#, #"{"_path": "a" "path_type": "hardlink"}"#,
            #"{"_path": "a", "path_type": "hardlink", "\u0078": "y"}"#, #"{"_path": "a"}"#, "{}", "1", "",
            "{\"_path\": \"a\u{1}\", \"path_type\": \"hardlink\"}",
            #"{"_path": "a", "path_type": "hardlink", "x": nul}"#,
        ])
    func notPlain(_ entry: String) {
        let text = entry.isEmpty ? Array("{\"paths\": [".utf8) : text(entry)
        #expect(scan(text) == nil)
        #expect(scan(text.dropLast(1)) == nil)
    }

    @Test("names that lead outside or are spelt in another way, and bytes that are no text") func names() throws {
        for name in ["../a", "/a", "a/../b", "a\\u0000b"] {
            #expect(throws: Failure.self) {
                try PathTable(text(#"{"_path": "\#(name)", "path_type": "hardlink"}"#), budget: budget())
            }
        }
        for name in ["./a", "a//b", "a/"] {
            let table = try PathTable(text(#"{"_path": "\#(name)", "path_type": "hardlink"}"#), budget: budget())
            #expect(try table.isOdd && table.paths()[0].spelling == ByteString(name))
        }
        for name in ["conda-meta/a.json", "Conda-Meta/x", "__clobbers__/a", "lib/.Pixi-Pack-x"] {
            let table = try PathTable(text(#"{"_path": "\#(name)", "path_type": "hardlink"}"#), budget: budget())
            #expect(table.isOdd)
        }
        let broken =
            Array(#"{"paths": [{"_path": "a"#.utf8) + [0xFF]
            + Array(#"", "path_type": "hardlink"}], "paths_version": 1}"#.utf8)
        #expect(scan(broken) == nil)
        #expect(throws: Failure.self) { try PathTable(broken, budget: budget()) }
    }

    @Test("cut off anywhere, nothing is accepted; with any byte changed, nothing that the other reader refuses")
    func damage() throws {
        let text = text(
            #"{"_path": "bin/\u0061é", "path_type": "hardlink", "sha256": "\#(Self.digest)", "size_in_bytes": 12}"#,
            #"{"_path": "b", "path_type": "softlink", "no_link": false, "prefix_placeholder": "/p", "file_mode": "binary"}"#
        )
        for end in text.indices { #expect(scan(Array(text[..<end])) == nil) }
        for index in text.indices {
            for byte in [0x00, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x65, 0x7B, 0x7D, 0x80, 0xC3] as [UInt8] {
                var changed = text
                changed[index] = byte
                guard scan(changed) != nil else { continue }
                #expect((try? JSONDocument(changed)) != nil, "byte \(index): \(byte)")
            }
        }
    }
}
