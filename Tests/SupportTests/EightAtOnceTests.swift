import Testing
import TestKit

@testable import Support

@Suite("digits, paths and JSON, eight bytes at a time")
struct EightAtOnceTests {
    @Test("hexadecimal digits are read and written, and nothing else is taken for one")
    func digits() throws {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) }
        let digest = try #require(SHA256Digest(exactly: bytes))
        #expect(digest.bytes == bytes && digest.hex == encodeHex(bytes))
        #expect(SHA256Digest(hex: digest.hex) == digest && SHA256Digest(hex: digest.hex.uppercased()) == digest)
        #expect(SHA256Digest(hex: String(digest.hex.dropLast())) == nil && SHA256Digest(hex: digest.hex + "0") == nil)
        for position in 0..<64 {
            for byte in UInt8.min...UInt8.max {
                var text = Array(digest.hex.utf8)
                text[position] = byte
                let expected = decodeHex(text)
                #expect(SHA256Digest(hexBytes: text)?.bytes == expected, "\(byte) at \(position)")
            }
        }
    }

    @Test("strings are quoted wherever the bytes are that need it")
    func quoting() {
        for length in 0..<20 {
            for position in 0..<length {
                for byte in UInt8.min..<0x80 {
                    var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    text[position] = byte
                    var writer = JSONWriter()
                    writer.value(ByteString(text))
                    let escape: String =
                        switch byte {
                        case 0x22, 0x5C: "\\" + String(UnicodeScalar(byte))
                        case 0x08: "\\b"
                        case 0x09: "\\t"
                        case 0x0A: "\\n"
                        case 0x0C: "\\f"
                        case 0x0D: "\\r"
                        case ..<0x20: "\\u00" + encodeHex([byte])
                        default: String(UnicodeScalar(byte))
                        }
                    let expected =
                        "\"" + String(repeating: "a", count: position) + escape
                        + String(repeating: "a", count: length - position - 1) + "\""
                    #expect(writer.bytes == Array(expected.utf8))
                }
            }
        }
    }

    @Test("paths are ordered by their components")
    func order() throws {
        let paths: [ByteString] = [
            "a", "a/x", "a b/x", "a-b/x", "a.b", "aaaaaaaa", "aaaaaaaa/x", "aaaaaaaa-b/x", "aaaaaaaa/y/z", "aaaaaaab",
            "lib/python3.12/site-packages/a/b", "lib/python3.12/site-packages/a-b", "lib/python3.12/site-packages/a",
        ]
        for left in paths {
            for right in paths {
                let expected = left.bytes.split(separator: 0x2F).lexicographicallyPrecedes(
                    right.bytes.split(separator: 0x2F)
                ) { $0.lexicographicallyPrecedes($1) }
                #expect(RelativePath.isOrdered(left, before: right) == expected, "\(left) \(right)")
            }
        }
    }

    @Test("many paths are kept as they are, and no other ones")
    func many() throws {
        var paths = RelativePaths()
        let texts: [ByteString] = ["a", "lib/b.py", "..a/...", "x/.y", "é"]
        for text in texts {
            #expect(text.bytes.withUnsafeBufferPointer { paths.append(plain: $0) })
        }
        let refused: [ByteString] = [
            "", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "./a", "../a", "a/./b", "a/../b", "a\0",
            ByteString([UInt8](repeating: 0x61, count: 4096)),
        ]
        for text in refused {
            #expect(!text.bytes.withUnsafeBufferPointer { paths.append(plain: $0) }, "\(text)")
        }
        paths.append(try RelativePath("x//y/"))
        #expect((0..<paths.count).map { paths[$0].bytes } == texts + ["x/y"])
        let (same, longer, shorter) = try (RelativePath("lib/b.py"), RelativePath("lib/b.pyc"), RelativePath("lib/b.p"))
        let other = try RelativePath("lib/b.pz")
        #expect(paths.has(same, at: 1) && !paths.has(same, at: 0))
        for path in [longer, shorter, other] { #expect(!paths.has(path, at: 1)) }
    }

    @Test("children of a folder are directly in it")
    func children() throws {
        let folder = try RelativePath("lib/a")
        for (path, isChild) in [
            ("lib/a/b", true), ("lib/a", false), ("lib/ab/c", false), ("lib/a/b/c", false), ("x", false),
        ] {
            #expect(try RelativePath(ByteString(path)).isChild(of: folder) == isChild, "\(path)")
        }
        let moved = try RelativePath("site-packages/a/b.py").moved(from: "site-packages/", to: folder)
        #expect(moved.bytes == "lib/a/a/b.py")
    }
}
