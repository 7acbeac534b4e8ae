import CondaModel
import Testing

/// Names of conda packages and of Python packages.
@Suite struct PackageNameTests {
    @Test(
        "a name is anything that can be part of a path", arguments: ["a", "Ruamel.yaml", "_libgcc_mutex", "ä", "a b"])
    func accepts(text: String) throws { #expect(try CondaName(text).text == text) }

    @Test(
        "what would lead out of its folder is no name",
        arguments: ["", ".", "..", "a/b", "a\\b", "a:b", "a\nb", "a\u{7F}"])
    func refuses(text: String) { #expect(throws: (any Error).self) { try CondaName(text) } }

    @Test("names are compared as bytes, in lower case only where that is asked for")
    func comparesBytes() {
        #expect(CondaName("\u{E9}") != CondaName("e\u{301}"))
        #expect(CondaName("A") != CondaName("a"))
        #expect(CondaName("A.B_c").lowercased == CondaName("a.b_c"))
        #expect([CondaName("b"), CondaName("B"), CondaName("a-b")].sorted() == ["B", "a-b", "b"])
        #expect(Set([CondaName("\u{E9}"), CondaName("e\u{301}")]).count == 2)
    }

    @Test(
        "only ASCII letters, digits and three signs stand in a match spec",
        arguments: [
            ("a-B_1.c", true), ("", false), ("a b", false), ("ä", false), ("a*", false),
        ])
    func isPlain(text: String, expected: Bool) { #expect(CondaName.isPlain(text.utf8) == expected) }

    @Test("a conda package and a wheel of one name are two packages, the conda package first")
    func kinds() throws {
        let (conda, wheel) = (PackageName.conda("numpy"), PackageName.pypi(try PyPIName("NumPy")))
        #expect(conda != wheel)
        #expect([wheel, conda, .conda("a")].sorted() == [.conda("a"), conda, wheel])
        #expect(wheel.text == "numpy")
        #expect(wheel.conda == nil && wheel.pypi != nil)
    }
}
