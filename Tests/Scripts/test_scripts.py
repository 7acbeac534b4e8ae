"""Tests of the scripts below .ci/check. Run: python3 -m unittest discover Tests/Scripts"""
import contextlib
import io
import pathlib
import tempfile
import unittest

from loading import script


class Libraries(unittest.TestCase):
    policy = """\
libssl-dev:
  Installed: 3.0.19-1
  Candidate: 3.0.22-1
  Version table:
     3.0.22-1 500
        500 http://archive.example/security stable-security/main amd64 Packages
 *** 3.0.19-1 100
        100 /var/lib/dpkg/status
zlib1g-dev:
  Installed: 1:1.2.13-1
  Candidate: 1:1.2.13-1
  Version table:
 *** 1:1.2.13-1 500
        500 http://archive.example/debian stable/main amd64 Packages
        100 /var/lib/dpkg/status
gone-dev:
  Installed: (none)
  Candidate: (none)
  Version table:
"""

    def components(self, **versions):
        return [{"name": name, "packages": [{"name": name.replace("_", "-"), "version": version}]} for name, version in versions.items()]

    def test_newer_versions_are_found(self):
        check = script("check/libraries")
        found = list(check.outdated(self.components(libssl_dev="3.0.19-1", zlib1g_dev="1:1.2.13-1", gone_dev="1"), self.policy))
        self.assertEqual(
            found,
            [("libssl_dev", "libssl-dev", "3.0.19-1", "3.0.22-1", ["http://archive.example/security stable-security/main"])])

    def test_what_counts_is_the_version_of_the_build(self):
        check = script("check/libraries")
        self.assertEqual(list(check.outdated(self.components(libssl_dev="3.0.22-1"), self.policy)), [])
        self.assertEqual(len(list(check.outdated(self.components(zlib1g_dev="1:1.2.11-1"), self.policy))), 1)


class Modules(unittest.TestCase):
    manifest = """
let package = Package(
    targets: [
        // C libraries
        .systemLibrary(name: "CLib"),
        // Floor 0
        module("Support", ["CLib"]),
        // Floor 1
        module(
            "Upper", ["Support"%s]),
        // Floor 2
        .executableTarget(
            name: "main-program", dependencies: ["Upper"], swiftSettings: swiftSettings),
        // Tests
        tests("Upper", ["Support"]),
    ])
"""

    plan = "| 0 | `Support` | x |\n| 1 | `Upper` | x |\n| 2 | `main-program` | x |\n| – | `CLib` | x |\n"

    def findings(self, lists="", plan=plan, **files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "Package.swift").write_text(self.manifest % lists)
            contents = {
                "docs/architecture.md": plan,
                "Sources/Support/a.swift": "import CLib\n",
                "Sources/Upper/Deep/b.swift": "import Support\n",
                "Sources/main-program/main.swift": "import Upper\n",
                "Tests/UpperTests/t.swift": "import Testing\n@testable import Upper\n",
            }
            contents.update({f"Sources/Upper/Deep/{name}.swift": text for name, text in files.items()})
            for name, text in contents.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return list(script("check/modules.py").findings(root))

    def test_the_plan_is_followed(self):
        text = 'let a = """\n    import os\n    """\n// import Fetch\nlet b = "import Fetch, fatalError()"\n'
        self.assertEqual(self.findings(b="import Support\n" + text), [])

    def test_imports_that_are_not_listed_are_found_in_folders_too(self):
        self.assertEqual(
            self.findings(c="import Support\nprivate import Fetch\n"),
            ["Sources/Upper/Deep/c.swift imports Fetch, which Package.swift does not list for Upper"])
        self.assertEqual(
            self.findings(c="import Glibc\n"),
            ["Sources/Upper/Deep/c.swift imports Glibc, which Package.swift does not list for Upper"])

    def test_systems_are_told_apart_in_files_named_for_them(self):
        text = "import Support\n#if os(Linux)\nlet a = 1\n#endif\n"
        self.assertEqual(
            self.findings(c=text),
            ["Sources/Upper/Deep/c.swift tells systems apart: that belongs into files named +Linux and +Darwin"])
        self.assertEqual(self.findings(**{"c+Linux": text}), [])

    def test_what_is_listed_is_used_and_lies_below(self):
        self.assertEqual(
            self.findings(lists=', "main-program"'),
            [
                "Package.swift: Upper depends on main-program, which is not on a lower floor",
                "Package.swift: Upper lists main-program, which none of its files imports",
            ])

    def test_traps_are_found_and_texts_about_them_are_not(self):
        self.assertEqual(
            self.findings(c='import Support\nlet a = "\\(b as! String)"\nlet c = d as! Int // fatalError()\n'),
            ["Sources/Upper/Deep/c.swift:3 ends the process: as!"])

    def test_the_document_has_the_same_floors(self):
        self.assertEqual(
            self.findings(plan=self.plan.replace("| 1 | `Upper`", "| 2 | `Upper`") + "| 3 | `Gone` | x |\n"),
            ["docs/architecture.md does not have Upper on floor 1", "docs/architecture.md has Gone on a floor, which is no module"])


class Parameters(unittest.TestCase):
    seven = "a: Int, b: [String: Int] = [:], c: (x: Int, y: Int), d: (_ e: Int) -> Void = { (f: Int) in }, g: Int, h: Int, i: Int"

    def test_parameters_are_counted_and_nothing_within_them(self):
        declarations = script("check/parameters.py").declarations
        for text, expected in (
            (f"func f({self.seven})", [("f", 7)]),
            (f"init?<T: Sequence<Int>>(\n  {self.seven}\n) {{}}", [("init", 7)]),
            ("static func == (a: Int, b: Int)", [("==", 2)]),
            ("subscript(a: Int) -> Int; func g() {}", [("subscript", 1), ("g", 0)]),
            ("self.init(a: 1); let x = T.init(b: 2); initial(c: 3)", []),
        ):
            self.assertEqual([(name, number) for name, _, number in declarations(text)], expected, text)

    def test_more_than_six_are_found_with_their_line(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "Sources").mkdir()
            (root / "Sources/A.swift").write_text(f"func f({self.seven}) {{}}\n// init({self.seven})\n\ninit(\n    {self.seven})\n")
            self.assertEqual(
                list(script("check/parameters.py").findings(root)),
                ["Sources/A.swift:1 f takes 7 parameters", "Sources/A.swift:4 init takes 7 parameters"])


class SwiftSource(unittest.TestCase):
    def test_code_is_what_is_neither_literal_nor_comment(self):
        code = script("check/swift_source.py").code
        for text, expected in (
            ('a("b") // c', 'a("") '),
            ('a(#"b"c"#)', 'a("")'),
            (r'a("b\(c ? "d" : "e)")f")g', 'a("")g'),
            (r'a(#"\(b"#)c', 'a("")c'),
            (r'a(#"x\#(b("c"))d"#)e', 'a("")e'),
            ('a("""\n  b "c" // d\n  """)e', 'a(""\n\n)e'),
            ('a(#"""#)b', 'a("")b'),
            ("a /* b /* c */\n d */ e", "a \n e"),
            ("a / b", "a / b"),
        ):
            self.assertEqual(code(text), expected, text)

    def test_a_literal_is_read_with_holes(self):
        read = script("check/swift_source.py").read_literal
        self.assertEqual(read(r'"a \(b("c")) \"d\" \u{e9}" + e', 0), ('a … "d" é', 26))
        self.assertEqual(read('"""\n  a\n  b \\\n  c\n  """;', 0)[0], "a b c")


class Messages(unittest.TestCase):
    page = "# All\n\n## One\n\nWhy.\n\n```text\nit is no … file\nis gone\n```\n\n## Two\n\n```text\nanother thing\nis gone\n```\n"

    def test_a_message_is_what_a_call_says_with_holes(self):
        messages = script("check/errors.py").messages
        self.assertEqual(messages(r'"a \(b("c")) d", cause: "e")', 0), ["a … d"])
        self.assertEqual(messages('is ? "one thing" : "another")', 0), ["one thing", "another"])
        self.assertEqual(messages('"a " + name + " b")', 0), ["a … b"])

    def test_new_messages_go_to_their_like_and_old_ones_go(self):
        renewed = script("check/errors.py").renewed
        places = {
            "it is no … file": "Sources/A/One.swift:1", "it is empty": "Sources/A/One.swift:9",
            "another thing": "Sources/B/Two.swift:2", "a third": "Sources/B/Three.swift:2"}
        text, notes = renewed(self.page, places)
        self.assertEqual(
            text,
            self.page.replace("\nis gone", "").replace("… file", "… file\nit is empty").replace("thing", "thing\na third"))
        self.assertEqual(notes, ["One: + it is empty", "Two: + a third", "- is gone", "- is gone"])
        self.assertEqual(renewed(text, places), (text, []))


class DocumentationTest(unittest.TestCase):
    def test_blocks_have_line_language_and_mark(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "page.md")
            page.write_text("# A\n```sh root: needs it\na\nb\n```\n<!--sh\nc\n-->\n<!-- a remark -->\n```\nd\n```\n")
            self.assertEqual(
                script("check/doctest").blocks(page),
                [(2, "sh", "root: needs it", "a\nb"), (6, "sh", "", "c"), (10, "text", "", "d")])

    def test_a_console_block_is_commands_and_what_they_say(self):
        self.assertEqual(script("check/doctest").console("$ a\nb\nc\n$ d"), [("a", ["b", "c"]), ("d", [])])

    def test_dots_stand_for_anything(self):
        with tempfile.TemporaryDirectory() as folder:
            def compare(page, said):
                for name, text in (("page", page), ("said", said)):
                    pathlib.Path(folder, name).write_text(text)
                with contextlib.redirect_stdout(io.StringIO()):
                    return script("check/doctest").compare(f"{folder}/page", f"{folder}/said")

            self.assertEqual(compare("a … c", "a b c\n"), 0)
            self.assertEqual(compare("a\n…\nd", "a\nb\nc\nd\n"), 0)
            self.assertEqual(compare("a\n…\nd", "a\nd\n"), 0)
            self.assertEqual(compare("", ""), 0)
            self.assertEqual(compare("a … c", "a b d\n"), 1)
            self.assertEqual(compare("a", "a\nb\n"), 1)
            self.assertEqual(compare("a.c", "abc\n"), 1)


class Version(unittest.TestCase):
    program = 'static let version = "1.2.0"\nstatic let date = "2026-01-02"\n'

    def findings(self, *headings):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "Sources/PixiPackCLI").mkdir(parents=True)
            (root / "Sources/PixiPackCLI/Program.swift").write_text(self.program)
            (root / "CHANGELOG.md").write_text("".join(f"## {heading}\n" for heading in headings))
            return list(script("check/version.py").findings(root))

    def test_the_changelog_has_the_version_of_the_program(self):
        self.assertEqual(self.findings("Unreleased", "1.2.0 (2026-01-02)", "1.1.0 (2025-12-01)"), [])
        self.assertEqual(len(self.findings("Unreleased", "1.1.0 (2025-12-01)")), 1)
        self.assertEqual(len(self.findings("Unreleased", "1.2.0 (2026-01-02)", "1.1.0")), 1)


class Variables(unittest.TestCase):
    def findings(self, manual, code):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in (("PixiPackCLI/Help/ManualText", manual), ("Fetch/Code", code)):
                (root / "Sources" / name).parent.mkdir(parents=True)
                (root / "Sources" / f"{name}.swift").write_text(text)
            return list(script("check/variables.py").findings(root))

    def test_the_manual_page_has_the_variables_that_are_read(self):
        self.assertEqual(self.findings('("HOME, NETRC", "what")', 'variable("HOME")\n// variable("OTHER")\nlet a = ["NETRC"]\n'), [])
        self.assertEqual(
            self.findings('("HOME", "what")', 'a\nvariable("OTHER")\n'),
            ["Sources/Fetch/Code.swift:2: not in the manual page: OTHER", "in the manual page, and read nowhere: HOME"])


class Links(unittest.TestCase):
    def findings(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name in ("docs", "Sources", "Tests", ".ci"):
                (root / name).mkdir()
            (root / "Package.swift").write_text("")
            (root / "Makefile").write_text("")
            for name, text in files.items():
                (root / {"page": "docs/page.md", "other": "docs/other.md", "source": "Sources/a.swift", "test": "Tests/SomeTests.swift"}[name]).write_text(text)
            return list(script("check/links.py").findings(root))

    def test_what_leads_somewhere(self):
        page = "# A `code`: and, more\n## Twice\n## Twice\n<a id=\"own\"></a>\n[x](#a-code-and-more) [y](#twice-1) [z](other.md#b)\n"
        code = "`[a](nowhere.md)`\n\n```\n[a](nowhere.md)\n```\n[web](https://example.org/nowhere.md)\n"
        self.assertEqual(
            self.findings(page=page + code, other="# B\n", source="// docs/page.md#own, docs/other.md.\n"), [])

    def test_documents_name_tests_that_exist(self):
        test = '@Test("a link is not followed [install 3]")'
        page = "| `SomeTests`: “a link is not followed”, “is not” |\n| `SomeTests.swift` | `OtherTests` `SomeTests` “gone” |\n"
        self.assertEqual(
            self.findings(page=page, test=test),
            ["docs/page.md:2: there is no test OtherTests", "docs/page.md:2: SomeTests has no test “gone”"])

    def test_what_does_not(self):
        found = self.findings(
            page="[x](#none)\n[y](gone.md)\n<a id=\"own\"></a><a id=\"own\"></a>\n", source="// docs/page.md#gone and docs/gone.md\n")
        self.assertEqual(
            found,
            [
                "docs/page.md:1: docs/page.md has no anchor #none",
                "docs/page.md:2: there is no gone.md",
                "docs/page.md: the anchor #own stands there twice",
                "Sources/a.swift:1: docs/page.md has no anchor #gone",
                "Sources/a.swift:1: there is no docs/gone.md",
            ])


if __name__ == "__main__":
    unittest.main()
