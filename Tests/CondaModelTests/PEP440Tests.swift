import CondaModel
import Support
import Testing

@Suite struct PEP440Tests {
    @Test(
        "normal form",
        arguments: [
            ("1.0", "1.0"), ("v1.0.0-RC1", "1.0.0rc1"), ("1.0.0-RC1", "1.0.0rc1"), (" 1.0 ", "1.0"), ("01.02", "1.2"),
            ("1.0-alpha.3", "1.0a3"), ("1.0beta", "1.0b0"), ("1.0c2", "1.0rc2"), ("1.0-preview_1", "1.0rc1"),
            ("1.0-1", "1.0.post1"), ("1.0rev3", "1.0.post3"), ("1.0r", "1.0.post0"), ("1.0dev", "1.0.dev0"),
            ("1!2.0a1.post2.dev3+Ubuntu-1_x", "1!2.0a1.post2.dev3+ubuntu.1.x"), ("1.0+001", "1.0+1"),
            ("0a0.dev0", "0a0.dev0"), ("2024.1.15", "2024.1.15"), ("1.0.POST.4", "1.0.post4"),
        ])
    func normalForm(_ text: String, _ normal: String) throws {
        #expect(try PEP440Version(text).text == normal)
    }

    @Test(
        "no versions",
        arguments: [
            "", "a", "1.", "1..0", "1.0+", "1.0+a+b", "1.0 1", "1.0x", "1.0a1a2", "99999999999999999999999", "1!",
            "1.0é", "1.0*", "1.0.*", "-1", "v", "1.0+_a",
        ])
    func invalid(_ text: String) {
        #expect {
            try PEP440Version(text)
        } throws: {
            "\($0)" == "'\(text)' is not a valid Python version (PEP 440)"
        }
    }

    @Test func order() throws {
        let ascending = [
            "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0a1.post1.dev2", "1.0a1.post1", "1.0a2", "1.0b1", "1.0rc1", "1.0",
            "1.0+abc", "1.0+5", "1.0+5.1", "1.0.post1.dev1", "1.0.post1", "1.0.1", "1.10", "1!0.1",
        ].map { try? PEP440Version($0) }.compactMap { $0 }
        #expect(ascending.count == 17)
        #expect(ascending.shuffled().sorted().map(\.text) == ascending.map(\.text))
        #expect(try PEP440Version("1.0") == PEP440Version("1.0.0"))
        #expect(try PEP440Version("1.0").hashValue == PEP440Version("1").hashValue)
    }

    @Test(
        "specifiers",
        arguments: [
            (">=3.8", "3.8", true), (">=3.8", "3.7.9", false), (">=3.8,<3.13", "3.12.1", true), ("", "1", true),
            ("~=2.2", "2.9", true), ("~=2.2", "3.0", false), ("~=2.2.0", "2.3", false), ("~=1.4.5a4", "1.4.9", true),
            ("==3.1", "3.1.0", true), ("==3.1", "3.1+local", true), ("==3.1+x", "3.1", false),
            ("==3.1.*", "3.1.5", true), ("==3.1.*", "3.10", false), ("!=1.5.*", "1.5.2", false),
            ("!=1.5.*", "1.6", true), (">1.7", "1.7.0.post1", false), (">1.7", "1.7.1", true), (">1.7", "1.7+x", false),
            (">1.7.post2", "1.7.post3", true), ("<1.7", "1.7rc1", false), ("<1.7", "1.6rc1", true),
            ("<1.7rc2", "1.7rc1", true), ("===1.0", "1.0", true), ("===weird", "1.0", false),
            ("== 1.0 , >0", "1.0", true),
            ("==1.0a1.*", "1.0a1.post1", true), ("<=1.0", "1.0+x", true),
        ])
    func specifiers(_ text: String, _ version: String, _ expected: Bool) throws {
        #expect(try PEP440Specifiers(text).contains(PEP440Version(version)) == expected)
    }

    @Test("no specifiers", arguments: ["1.0", "=1.0", "~=1", ">=1.0.*", ">=", ">=1.0+x", "foo", "==1.0.*+x"])
    func invalidSpecifiers(_ text: String) {
        #expect {
            try PEP440Specifiers(text)
        } throws: {
            "\($0)" == "'\(text)' is not a valid version specifier (PEP 440)"
        }
    }
}

@Suite struct WheelNameTests {
    @Test("name and version in normal form [lock 77]")
    func normalForm() throws {
        #expect(try PyPIName("A_b.C").text == "a-b-c")
        #expect(try PEP440Version("1.0.0-RC1").text == "1.0.0rc1")
        #expect(try PyPIName("a--_.b").text == "a-b")
    }

    @Test("no names", arguments: ["", "-a", "a-", "a b", "é", ".", "a/b"])
    func badName(_ text: String) {
        #expect(throws: Failure.self) { try PyPIName(text) }
    }

    @Test func parts() throws {
        let wheel = try WheelName("Foo_Bar-1.0.0RC1-2b-py2.py3-none-manylinux1_x86_64.manylinux2014_x86_64.whl")
        #expect(wheel.name.text == "foo-bar")
        #expect(wheel.version.text == "1.0.0rc1")
        #expect(wheel.build == "2b")
        #expect(wheel.pythonTags == ["py2", "py3"])
        #expect(wheel.abiTags == ["none"])
        #expect(wheel.platformTags == ["manylinux1_x86_64", "manylinux2014_x86_64"])
    }

    @Test(
        "refused",
        arguments: [
            ("a-1-py3-none-any.zip", "it does not end in '.whl'"),
            ("a-1.whl", "it must have five or six parts separated by '-', it has 2"),
            ("a-1-x-py3-none-any.whl", "the build tag 'x' does not begin with a digit"),
            ("a-x-py3-none-any.whl", "'x' is not a valid Python version (PEP 440)"),
            ("a-1-py3--any.whl", "a tag is empty"),
        ])
    func refused(_ name: String, _ reason: String) {
        #expect {
            try WheelName(name)
        } throws: {
            "\($0)" == "'\(name)' is not a valid wheel name: \(reason)"
        }
    }
}
