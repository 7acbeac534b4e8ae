import Support
import TestKit
import Testing

@testable import Lockfile

@Suite("YAML") struct YAMLTests {
    /// The tree on one line: maps `{k: v}`, sequences `[v]`, quoted scalars in quotes.
    static func text(_ value: YAMLValue?) -> String {
        guard let value else { return "nothing" }
        if let elements = value.elements { return "[" + elements.map { text($0) }.joined(separator: ", ") + "]" }
        if let members = value.members {
            return "{" + members.map { "\(text($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
        if value.isNull { return "null" }
        return value.plainText ?? "'\(value.string ?? "")'"
    }

    private func read(_ source: String) throws -> String { Self.text(try YAMLTree(Array(source.utf8)).root) }

    private func isScanned(_ source: String) throws -> Bool { try YAMLBlockScanner.scan(Array(source.utf8)) != nil }

    @Test(
        "simple documents are read without the library, and as the library reads them",
        arguments: [
            ("", "nothing"), ("# comment\n\n", "nothing"), ("a: 1", "{a: 1}"), ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
            ("a:\nb:", "{a: null, b: null}"), ("a:\n  b: 1\n  c:\n    d: 2\ne: 3", "{a: {b: 1, c: {d: 2}}, e: 3}"),
            ("a:\n- 1\n- 2\nb: 3", "{a: [1, 2], b: 3}"), ("a:\n  - 1\n  - 2\nb: 3", "{a: [1, 2], b: 3}"),
            ("- a: 1\n  b: 2\n- c: 3", "[{a: 1, b: 2}, {c: 3}]"), ("- - 1\n  - 2\n- 3", "[[1, 2], 3]"),
            ("-\n  a: 1\n-\n- 2", "[{a: 1}, null, 2]"), ("- a:\n  - 1\n  b: 2", "[{a: [1], b: 2}]"),
            ("- a:\n    b: 1\n  c:\n", "[{a: {b: 1}, c: null}]"),
            ("a: '1'\nb: \"2\"\nc: []\nd: {}", "{a: '1', b: '2', c: [], d: {}}"),
            ("a: b:c http://x#y\n", "{a: b:c http://x#y}"),
            ("a: -5\nb: - 5".replacing(" - 5", with: " -x"), "{a: -5, b: -x}"),
            ("a b : c d  \n", "{a b: c d}"), ("a:\n  # comment\n\n  b: 1\n# end", "{a: {b: 1}}"),
            ("a: é\n", "{a: é}"), ("a: ~\nb: null\nc: Null\nd: nul", "{a: null, b: null, c: null, d: nul}"),
            ("a: ''\n", "{a: ''}"), ("  a: 1\n  b: 2\n", "{a: 1, b: 2}"), ("a: <2\nb: (x)\n", "{a: <2, b: (x)}"),
        ])
    func simple(_ source: String, _ expected: String) throws {
        #expect(try isScanned(source))
        #expect(try read(source) == expected)
        #expect(try Self.text(YAMLTree(events: Array(source.utf8)).root) == expected)
    }

    @Test(
        "everything else is left to the library",
        arguments: [
            ("\u{FEFF}a: 1", "{a: 1}"), ("---\na: 1\n...\n", "{a: 1}"), ("a: |\n  x\n  y\n", "{a: 'x\ny\n'}"),
            ("a: >-\n  x\n  y\n", "{a: 'x y'}"), ("a: x\n  y\n", "{a: x y}"), ("a: 'it''s'", "{a: 'it's'}"),
            ("a: \"\\u00e9\\n\"", "{a: 'é\n'}"), ("a: [1, {b: 2}]", "{a: [1, {b: 2}]}"), ("'a': 1", "{'a': 1}"),
            ("a: &x [1]\nb: *x", "{a: [1], b: [1]}"), ("? a\n: 1", "{a: 1}"), ("a: 1 # comment", "{a: 1}"),
            ("a: !!str 1", "{a: 1}"), ("a:\t1", "{a: 1}"), ("- x\n  y", "[x y]"), ("a", "a"),
            ("a: x\n\n  y", "{a: x\ny}"),
            ("a: b\n#c\n", "{a: b}"),
        ])
    func others(_ source: String, _ expected: String) throws { #expect(try read(source) == expected) }

    @Test(
        "broken documents are refused with the place",
        arguments: [
            ("a: 1\na: 2", "duplicate entry with key \"a\" at line 2"),
            ("x:\n  b: 1\n  'b': 2", "duplicate entry with key \"b\" at line 3"),
            ("[a, b]: 1", "the key of a map is not a scalar"), ("a: b: c", "line 1"), ("a: [1", "line"),
            ("a: 1\n b: 2", "line 2"), ("a: *x", "line 1: unknown anchor"),
            ("a: &x [*x]", "the alias 'x' stands for itself"),
            ("a: 1\n---\nb: 2", "more than one YAML document"), ("a: \"x", "line"), ("- 1\na: 2", "line 2"),
            ("a: \u{1}", "control characters are not allowed"), ("a: %x", "line 1"), ("a: @x", "line 1"),
        ])
    func broken(_ source: String, _ message: String) {
        #expect { try read(source) } throws: { "\($0)".contains(message) }
    }

    @Test func textThatIsNoUTF8IsRefused() {
        #expect { try YAMLTree(Array("a: ".utf8) + [0xE9, 0x0A]) } throws: { "\($0)".contains("byte") }
        #expect(throws: Failure.self) { try YAMLTree(Array("a: ".utf8) + [0xC0, 0x80]) }
    }

    @Test("nesting is bounded", arguments: ["[", "{a: ", "- ", "&x ["])
    func depth(_ opening: String) {
        let source = String(repeating: opening, count: 100_000)
        #expect { try read(source) } throws: { "\($0)".contains("nested deeper than 128") || "\($0)".contains("line") }
    }

    @Test("aliases do not multiply without bound") func bomb() {
        var source = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            source += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect { try read(source) } throws: { "\($0)".contains("aliases expand to more than 1000000 values") }
    }

    @Test("many keys are checked in linear time") func manyKeys() throws {
        let source = (0..<50_000).map { "key\($0): 1\n" }.joined()
        let time = try CPUTime.measure {
            _ = try read(source)
            #expect { try read(source + "key7: 2\n") } throws: { "\($0)".contains("duplicate entry with key \"key7\"") }
        }
        #expect(time < 20)
    }

    @Test(
        "both parsers read the shared lock files alike",
        .enabled(if: Shared.isPresent, Comment(rawValue: Shared.missing)))
    func corpus() throws {
        var scanned = 0
        let names = try GoldenLocks.names()
        for name in names {
            let source = try File.open(GoldenLocks.path(name)).slice().readAll()
            guard let nodes = try? YAMLBlockScanner.scan(source) else { continue }
            scanned += 1
            let library = try YAMLTree(events: source)
            let ours = YAMLTree(text: source, nodes: nodes)
            #expect(Self.text(ours.root) == Self.text(library.root), "\(name)")
            #expect(ours.nodes.map(\.next) == library.nodes.map(\.next), "\(name)")
        }
        #expect(scanned > names.count * 9 / 10, "only \(scanned) of \(names.count)")
    }
}
