import Support
import Testing

@testable import Install

private func lines(_ bytes: [UInt8], _ count: Int) -> String {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).prefix(count)
        .joined(separator: "\n")
}

/// An absolute path of `count` bytes.
private func path(ofLength count: Int) -> ByteString { ByteString("/" + String(repeating: "p", count: count - 1)) }

@Suite("entry points")
struct EntryPointTests {
    @Test("golden conda entry point [install 82]")
    func condaGolden() throws {
        let entry = try EntryPoint(condaText: "foo = foo.cli:main")
        let script = EntryPointScript.conda(entry, executable: "/opt/app/env/bin/python3.12")
        #expect(script.count == 214)
        #expect(
            SHA256Hasher.hash(script).hex == "e0ef95b9cd0094c4b2aa396894b7b8fa4d0b9e8523a95034715e9101db46e948")
    }

    @Test("conda shebang of 125 and 126 bytes, with a blank [install 83]")
    func condaShebang() throws {
        let entry = try EntryPoint(condaText: "a=b:c")
        let short = path(ofLength: 125)
        #expect(lines(EntryPointScript.conda(entry, executable: short), 1) == "#!\(short)")
        let long = path(ofLength: 126)
        #expect(
            lines(EntryPointScript.conda(entry, executable: long), 2)
                == "#!/bin/sh\n'''exec' \"\(long)\" \"$0\" \"$@\" #'''")
        #expect(
            lines(EntryPointScript.conda(entry, executable: "/my env/bin/python3.12"), 2)
                == "#!/bin/sh\n'''exec' \"/my env/bin/python3.12\" \"$0\" \"$@\" #'''")
    }

    @Test("extras behind the function of a conda entry point say nothing about what to call")
    func condaExtras() throws {
        let entry = try EntryPoint(condaText: "mcp = mcp.cli:app [cli]")
        #expect(entry == EntryPoint(command: "mcp", module: "mcp.cli", function: "app"))
        #expect(throws: Failure.self) { try EntryPoint(condaText: "mcp = mcp.cli:app cli]") }
    }

    @Test("a function in a class is called through the class [install 84]")
    func dottedFunction() throws {
        let entry = try EntryPoint(condaText: "x=m:A.b")
        let text = String(decoding: EntryPointScript.conda(entry, executable: "/p"), as: UTF8.self)
        #expect(text.contains("\nfrom m import A\n"))
        #expect(text.hasSuffix("\tsys.exit(A.b())\n"))
    }

    @Test(
        "refused entry points [install 85]",
        arguments: [
            ("../x = a:b", "begins with a dot"), ("a/x = a:b", "not a plain file name"), ("x = a", "names no function"),
            ("x = a:1b", "'1b' is not"),
            (".x = a:b", "begins with a dot"), (" = a:b", "the command is empty"), ("x = a..b:c", "'a..b' is not"),
            ("x = a:b extra", "'b extra' is not"), ("x", "has no '='"), ("x\\y = a:b", "not a plain file name"),
        ])
    func refused(text: String, reason: String) throws {
        let error = #expect(throws: Failure.self) { try EntryPoint(condaText: ByteString(text)) }
        #expect(error?.description.hasPrefix("invalid entry point '\(text)': ") == true)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("spaces around the parts do not count, only the first '=' and ':' separate [install 82, 85]")
    func parts() throws {
        let entry = try EntryPoint(condaText: "  my-tool=\tpkg._cli : main \n")
        #expect(entry == EntryPoint(command: "my-tool", module: "pkg._cli", function: "main"))
        #expect(throws: Failure.self) { try EntryPoint(condaText: "a = b = c:d") }
    }

    @Test("golden wheel script [install 114]")
    func wheelGolden() throws {
        let entry = EntryPoint(command: "foo", module: "foo.cli", function: "main")
        let script = EntryPointScript.wheel(entry, executable: "/opt/app/env/bin/python3.12")
        #expect(script.count == 300)
        #expect(
            SHA256Hasher.hash(script).hex == "cbf2854a26115ded3c0fdef716ca5564e43a6623cef71fe64154badb75de7534")
    }

    @Test("wheel shebang of 124 and 125 bytes, with a blank, with a quote [install 115]")
    func wheelShebang() throws {
        let entry = EntryPoint(command: "a", module: "b", function: "c")
        let short = path(ofLength: 124)
        #expect(lines(EntryPointScript.wheel(entry, executable: short), 1) == "#!\(short)")
        let long = path(ofLength: 125)
        #expect(
            lines(EntryPointScript.wheel(entry, executable: long), 3)
                == "#!/bin/sh\n'''exec' '\(long)' \"$0\" \"$@\"\n' '''")
        #expect(
            lines(EntryPointScript.wheel(entry, executable: "/it's a/python3"), 3)
                == "#!/bin/sh\n'''exec' '/it'\"'\"'s a/python3' \"$0\" \"$@\"\n' '''")
        #expect(lines(EntryPointScript.wheel(entry, executable: "/it's/python3"), 1) == "#!/it's/python3")
    }
}
