import CondaModel
import Support
import Testing

@testable import Install

/// docs/spec/install.md#text-placeholders, #binary-placeholders and cases 48 to 63, with the content handed over in
/// blocks of every size.
@Suite struct PatchingTests {
    private static let blockSizes = [1, 2, 3, 5, 7, 64, 1 << 20]

    private func text(_ content: [UInt8], placeholder: String = "/PLACE", prefix: String) throws -> [UInt8] {
        var results: Set<[UInt8]> = []
        for size in Self.blockSizes {
            var patcher = TextPatcher(
                placeholder: ByteString(placeholder), prefix: ByteString(prefix), platform: .linux64,
                followsOriginal: true)
            var result: [UInt8] = []
            for start in stride(from: 0, to: content.count, by: size) {
                try Array(content[start..<min(content.count, start + size)]).withUnsafeBytes {
                    try patcher.update($0) { result.append(contentsOf: $0) }
                }
            }
            try patcher.finish { result.append(contentsOf: $0) }
            results.insert(result)
        }
        #expect(results.count == 1)
        return try #require(results.first)
    }

    private func text(_ content: String, placeholder: String = "/PLACE", prefix: String = "/opt/env") throws -> String {
        String(decoding: try text(Array(content.utf8), placeholder: placeholder, prefix: prefix), as: UTF8.self)
    }

    private func binary(_ content: String, placeholder: String, prefix: String) throws -> String {
        let content = Array(content.utf8)
        var results: Set<[UInt8]> = []
        for size in Self.blockSizes {
            var patcher = try BinaryPatcher(placeholder: ByteString(placeholder), prefix: ByteString(prefix))
            var result: [UInt8] = []
            for start in stride(from: 0, to: content.count, by: size) {
                try Array(content[start..<min(content.count, start + size)]).withUnsafeBytes {
                    try patcher.update($0) { result.append(contentsOf: $0) }
                }
            }
            try patcher.finish { result.append(contentsOf: $0) }
            results.insert(result)
        }
        #expect(results.count == 1)
        let result = try #require(results.first)
        #expect(result.count == content.count)
        return String(decoding: result, as: UTF8.self)
    }

    @Test("several occurrences, none, an empty file [install 48]")
    func case48() throws {
        #expect(try text("a /PLACE b /PLACE/PLACE") == "a /opt/env b /opt/env/opt/env")
        #expect(try text("PLAC PLAPLACX") == "PLAC PLAPLACX")
        #expect(try text("") == "")
    }

    private static let long = "/" + String(repeating: "p", count: 129)

    @Test("a first line of 127 bytes stays, one of 128 does not; bytes count [install 49]")
    func case49() throws {
        for (name, extra) in [("perl", ""), ("é", "")] {
            let rest = "\(extra)/bin/\(name)".utf8.count + 2
            let fits = "/" + String(repeating: "x", count: 127 - rest - 1)
            #expect(try text("#!/PLACE/bin/\(name)\n", prefix: fits) == "#!\(fits)/bin/\(name)\n")
            #expect(try text("#!/PLACE/bin/\(name)\n", prefix: fits + "x") == "#!/usr/bin/env \(name)\n")
        }
    }

    @Test(
        "first lines [install 50–57]",
        arguments: [
            ("/opt/env", "#!/PLACE/bin/python -I", "#!/opt/env/bin/python -I"),
            (
                "/opt/my env", "#!/PLACE/bin/python3.11 -I",
                "#!/bin/sh\n'''exec' \"/opt/my env/bin/python3.11\" -I \"$0\" \"$@\" #'''"
            ),
            ("/opt/my env", "#!/PLACE/bin/perl -w", "#!/usr/bin/env perl -w"),
            ("/opt/my env", "#!/usr/bin/env bash", "#!/usr/bin/env bash"),
            ("/opt/my env", "#!/usr/bin/env /PLACE/bin/perl", "#!/usr/bin/env env /opt/my env/bin/perl"),
            (long, "#!/PLACE/bin/perl", "#!/usr/bin/env perl"),
            (long, "#!/PLACE/bin/python3.12.1 -u", "#!/usr/bin/env python3.12.1 -u"),
            (long, "#! /PLACE/bin/perl -w", "#!/usr/bin/env perl -w"),
            (long, "#!\t/PLACE/bin/perl", "#!\t\(long)/bin/perl"),
            (long, "#!/PLACE/bin/pythonw", "#!/usr/bin/env pythonw"),
            ("/opt/env", "#!/PLACE/bin/perl\r", "#!/opt/env/bin/perl\r"),
            (long, "#!/PLACE/bin/perl\r", "#!/usr/bin/env perl\r"),
        ])
    func firstLines(_ prefix: String, _ line: String, _ expected: String) throws {
        #expect(try text("\(line)\n/PLACE\n", prefix: prefix) == "\(expected)\n\(prefix)\n")
        // Without a newline the whole file is the line.
        #expect(try text(line, prefix: prefix) == expected)
    }

    @Test("bytes that are no UTF-8 change in the first line only [install 56]")
    func case56() throws {
        let content = Array("#!/PLACE/bin/x ".utf8) + [0xFF, 0x0A, 0xFF]
        let expected = Array("#!/e/bin/x ".utf8) + [0xEF, 0xBF, 0xBD, 0x0A, 0xFF]
        #expect(try text(content, prefix: "/e") == expected)
    }

    @Test("binary runs keep their length [install 58]")
    func case58() throws {
        let placeholder = "/old/long/prefix"
        #expect(
            try binary("A/old/long/prefix/lib:/old/long/prefix/x\0T", placeholder: placeholder, prefix: "/new")
                == "A/new/lib:/new/x" + String(repeating: "\0", count: 24) + "\0T")
        #expect(
            try binary("/old/long/prefix\0mid\0/old/long/prefix/end", placeholder: placeholder, prefix: "/n")
                == "/n" + String(repeating: "\0", count: 15) + "mid\0/n/end" + String(repeating: "\0", count: 14))
    }

    @Test("a prefix longer than the placeholder has no room [install 59]")
    func case59() {
        for content in ["/p\0", "nothing"] {
            #expect { try binary(content, placeholder: "/p", prefix: "/longer") } throws: {
                "\($0)".contains("binary files have room for 2") && ($0 as? Failure)?.remedy != nil
            }
        }
    }

    @Test("equal lengths need no padding; no first-line rule in binary files [install 60, 61]")
    func case60() throws {
        #expect(try binary("#!/aaa/x\0#!/aaa", placeholder: "/aaa", prefix: "/bbb") == "#!/bbb/x\0#!/bbb")
    }

    @Test("other encodings stay [install 62]")
    func case62() throws {
        #expect(try binary("/\0p\0/\0", placeholder: "/p/", prefix: "/n") == "/\0p\0/\0")
    }

    @Test("occurrences do not overlap [install 63]")
    func case63() throws {
        #expect(try text("aaaaa", placeholder: "aa", prefix: "b") == "bba")
        #expect(try binary("aaaaa", placeholder: "aa", prefix: "b") == "bba\0\0")
    }

    @Test("a placeholder with a zero byte is in no string", arguments: ["\0", "\0a", "a\0", "a\0b"])
    func zeros(_ placeholder: String) {
        #expect { try binary("x\0a\0b\0", placeholder: placeholder, prefix: "") } throws: {
            "\($0)".contains("its placeholder has a zero byte in it")
        }
    }

    @Test func anEmptyPlaceholderMatchesBetweenBytes() throws {
        #expect(try text("ab", placeholder: "", prefix: "-") == "-a-b-")
    }
}
