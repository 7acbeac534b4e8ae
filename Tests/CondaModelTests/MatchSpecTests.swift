import CondaModel
import Support
import Testing

@Suite("match specs [lock 88]") struct MatchSpecTests {
    /// `version [build]` of a package `foo`, default build `py_0`.
    static func record(_ text: String) -> PackageRecord {
        let parts = text.split(separator: " ").map(String.init)
        var record = PackageRecord(
            name: "foo", version: parts[0], build: parts.count > 1 ? parts[1] : "py_0", buildNumber: 3,
            subdir: "linux-64")
        record.license = "MIT"
        record.trackFeatures = ["a", "b"]
        record.flags = ["blas:mkl"]
        return record
    }

    @Test(
        "every row of the tables",
        arguments: [
            ("foo 1.2.3", ["1.2.3", "1.2.3.0"] as [String], ["1.2", "1.2.3.1"] as [String]),
            ("foo =1.2", ["1.2", "1.2.3", "1.2a1"] as [String], ["1.20"] as [String]),
            ("foo=1.2", ["1.2", "1.2.3", "1.2a1"] as [String], ["1.20"] as [String]),
            ("foo 1.2.*", ["1.2", "1.2.3", "1.2a1"] as [String], ["1.20"] as [String]),
            ("foo 1.2*", ["1.2", "1.2.3", "1.2a1"] as [String], ["1.20"] as [String]),
            ("foo =1.0.0", ["1", "1.0", "1.0.0.1"] as [String], ["1.0.1"] as [String]),
            ("foo 1.0.1.*", ["1.0.1c", "1.0.1c.1"] as [String], ["1.0.10"] as [String]),
            ("foo 1.0.1c.*", ["1.0.1c", "1.0.1c2"] as [String], ["1.0.1"] as [String]),
            (
                "foo >=1.2", ["1.2", "1.2post1", "1!0.1"] as [String],
                ["1.1", "1.2a1", "1.2.dev1", "1.2+local"] as [String]
            ),
            ("foo >1.2", ["1.2.1", "1.2post1"] as [String], ["1.2", "1.2.0"] as [String]),
            ("foo <1.2", ["1.1", "1.2a1", "1.2dev1"] as [String], ["1.2"] as [String]),
            ("foo >=1.2,<2.0a0", ["1.9", "2.0dev0"] as [String], ["2.0", "2.0a0"] as [String]),
            ("foo >=1,<2|>=3", ["1", "3"] as [String], ["2"] as [String]),
            ("foo >=1.2|<1,>0.5", ["0.7", "3"] as [String], ["0.4", "1.1"] as [String]),
            ("foo ((>=1,<2)|(>=3,<4)),!=3.5", ["1.5", "3.6"] as [String], ["3.5", "2"] as [String]),
            ("foo !=1.2.*", ["1.20", "1.3"] as [String], ["1.2", "1.2.3"] as [String]),
            ("foo ~=1.2.3", ["1.2.3", "1.2.9"] as [String], ["1.2.2", "1.3"] as [String]),
            ("foo ~=1.2", ["1.2", "1.9"] as [String], ["2.0"] as [String]),
            ("foo ~=1!1.2", ["1!1.5"] as [String], ["1.5", "2!1.3"] as [String]),
            ("foo =1.2+3", ["1.2+3", "1.2+3.1", "1.2.1+3"] as [String], ["1.2"] as [String]),
            ("foo ==1.2", ["1.2.0"] as [String], ["1.2+local"] as [String]),
            ("foo 1.2.3 py*", ["1.2.3 py_0"] as [String], ["1.2.3 xpy_1"] as [String]),
            ("foo 1.2.3 PY_0", ["1.2.3"] as [String], ["1.2.3 py_1"] as [String]),
            ("foo =1.2.3=py_0", ["1.2.3"] as [String], ["1.2.3.1"] as [String]),
            ("foo * *_cp312", ["1 0_cp312"] as [String], ["1 0_cp311"] as [String]),
            ("foo 1.* ^py.*$", ["1.5 py_0"] as [String], ["1.5 xx"] as [String]),
            ("foo >=1 <2", [] as [String], ["1", "1.5", "2"] as [String]),
            ("foo[version=\">=1.2\",build=\"py*\"]", ["1.2 py_0"] as [String], ["1.2 x"] as [String]),
            ("conda-forge/win-64::foo", ["1"] as [String], [] as [String]),
            ("https://h.org/c/linux-64/foo-1-0.conda", ["1", "7"] as [String], [] as [String]),
            ("foo >=1 # c", ["1"] as [String], ["0"] as [String]),
            ("foo ==1.2.*", ["1.2.3"] as [String], ["1.3"] as [String]),
            ("foo (>=1,<2)", ["1.5"] as [String], ["2"] as [String]),
            ("foo 2023.*.*", ["2023.1"] as [String], ["2024"] as [String]),
            ("foo >=1.2.*", ["1.2", "1.3"] as [String], ["1.1"] as [String]),
            ("foo >1.2.*", ["1.2", "1.3"] as [String], ["1.1"] as [String]),
            ("foo (<=1.2.*,>0)", ["1.2", "1.1"] as [String], ["1.2.1"] as [String]),
            ("foo (==1.2.*)", ["1.2"] as [String], ["1.2.1"] as [String]),
            ("foo ~=1.2.*", ["1.2", "1.9"] as [String], ["2.0"] as [String]),
            ("foo ~=1", ["1", "7"] as [String], ["0.9"] as [String]),
            ("foo >=*", ["1"] as [String], [] as [String]),
            ("foo <=*", ["1"] as [String], [] as [String]),
            ("foo ==*", ["1"] as [String], [] as [String]),
            ("foo =*", ["1"] as [String], [] as [String]),
            ("foo ~=*", ["1"] as [String], [] as [String]),
            ("foo *.*", ["1"] as [String], [] as [String]),
            ("foo 1.0.1_", ["1.0.1_", "1.0.1-"] as [String], ["1.0.1"] as [String]),
            ("foo 1.2 | 1.3 py*", ["1.3"] as [String], ["1.4"] as [String]),
            ("foo >= 1.2 , < 2", ["1.5"] as [String], ["2"] as [String]),
            ("FOO", ["1"] as [String], [] as [String]),
            ("foo 1.0[version=2.0]", ["2.0"] as [String], ["1.0"] as [String]),
            ("foo[version=\"=1.2\"]", ["1.2.3"] as [String], ["1.3"] as [String]),
            ("foo[]", ["1"] as [String], [] as [String]),
            ("foo[build = py_0 ]", [] as [String], ["1"] as [String]),
            ("foo[build=py_0]", ["1"] as [String], ["1 x"] as [String]),
            ("foo[build_number=\">=3\"]", ["1"] as [String], [] as [String]),
            ("foo[build_number=4]", [] as [String], ["1"] as [String]),
            ("foo[license=MIT]", ["1"] as [String], [] as [String]),
            ("foo[license=mit]", [] as [String], ["1"] as [String]),
            ("foo[track_features='a, b']", ["1"] as [String], [] as [String]),
            ("foo[track_features=c]", [] as [String], ["1"] as [String]),
            ("foo[when='python <3', extras=[a, b]]", ["1"] as [String], [] as [String]),
            ("foo[flags='blas:*']", ["1"] as [String], [] as [String]),
            ("foo[flags=x]", [] as [String], ["1"] as [String]),
            ("foo[channel=x,subdir=y,namespace=z,fn=q]", ["1"] as [String], [] as [String]),
            ("foo[url='https://h/x']", ["1"] as [String], [] as [String]),
            ("foo[md5=00000000000000000000000000000000]", [] as [String], ["1"] as [String]),
            ("foo * p?_[0-9]*", ["1"] as [String], ["1 py_x"] as [String]),
            ("foo * [!a-o]*", ["1"] as [String], ["1 a_0"] as [String]),
            ("/x/foo-1-0.tar.bz2", ["1"] as [String], [] as [String]),
            ("C:\\x\\foo-1-0.conda", ["1"] as [String], [] as [String]),
            ("https://h.org/c::foo", ["1"] as [String], [] as [String]),
            ("foo 1.2.3 =py_0", [] as [String], ["1.2.3"] as [String]),
        ])
    func rows(_ text: String, _ matching: [String], _ others: [String]) throws {
        let spec = try MatchSpec(text)
        for version in matching { #expect(try spec.matches(Self.record(version)), "\(version)") }
        for version in others { #expect(try !spec.matches(Self.record(version)), "\(version)") }
    }

    @Test(
        "refused",
        arguments: [
            ("foo 1.2.3.", "malformed version string '1.2.3.': encountered more characters but expected none"),
            ("foo 1..2", "malformed version string '1..2': encountered more characters but expected none"),
            ("foo 3.0.*a0", "regex constraints are not supported"),
            ("foo 1.*.2", "regex constraints are not supported"),
            ("foo ^1.*$", "unable to parse version spec: ^1.*$"),
            ("foo <>1", "unable to parse version spec: <>1"),
            ("foo =>1", "unable to parse version spec: =>1"),
            ("foo ===1", "unable to parse version spec: ===1"),
            ("foo > = 1", "unable to parse version spec: > = 1"),
            ("foo >=1,", "unable to parse version spec: >=1,"),
            ("foo 1||2", "unable to parse version spec: 1||2"),
            ("foo (>=1,<2", "unable to parse version spec: (>=1,<2"),
            ("foo @x", "unable to parse version spec: @x"),
            ("foo !=*", "'*' is incompatible with '!=' operator'"),
            ("foo >*", "'*' is incompatible with '>' operator'"),
            ("foo <*", "'*' is incompatible with '<' operator'"),
            ("", "missing package name"), ("# only", "missing package name"), ("/x/foo", "missing package name"),
            ("https://h/c/foo", "missing package name"),
            (
                "foo*",
                "\"foo*\" looks like a glob but only exact package names are allowed, "
                    + "package names can only contain 0-9, a-z, A-Z, -, _, or ."
            ),
            (
                "^foo$",
                "\"^foo$\" looks like a regex but only exact package names are allowed, "
                    + "package names can only contain 0-9, a-z, A-Z, -, _, or ."
            ),
            (
                "foo;x",
                "invalid package name 'foo;x': 'foo;x' is not a valid package name. "
                    + "Package names can only contain 0-9, a-z, A-Z, -, _, or ."
            ),
            (
                "foo; if x",
                "the '; if' syntax for conditional dependencies is deprecated, "
                    + "use '[when=\"...\"]' bracket syntax instead"
            ),
            ("foo;a;b", "more than one semicolon in match spec"),
            ("foo[version='>=1]", "invalid bracket"), ("foo[version=1,]", "invalid bracket"),
            ("foo[version]", "invalid bracket"), ("foo[version=]", "invalid bracket"),
            ("foo[bad=1]", "invalid bracket key: bad"),
            ("foo[build_number='=1']", "invalid build number spec: invalid version constraint: invalid operator '='"),
            ("foo[md5=zz]", "unable to parse hash digest from hex"),
            ("foo[sha256=00]", "unable to parse hash digest from hex"),
            ("foo[url=zz]", "invalid package path or url"),
            ("a\\b::foo", "invalid channel: invalid channel name: 'a\\b'"),
            ("foo 1 py[*", "multiple bracket sections not allowed"),
            ("foo 1 ^(py$", "invalid regex: ^(py$: a ')' is missing"),
            ("foo 1 ^(?=py).*$", "invalid regex: ^(?=py).*$: look-around and flags are not supported"),
        ])
    func refused(_ text: String, _ message: String) {
        #expect {
            try MatchSpec(text)
        } throws: {
            "\($0)" == message
        }
    }

    @Test func keepsTheCondition() throws {
        #expect(try MatchSpec("foo >=1[when=\"python >=3.10\"]").condition == "python >=3.10")
        #expect(try MatchSpec("foo").condition == nil)
    }

    @Test func versionSpecsAlone() throws {
        #expect(try VersionSpec("=1.2").matches(CondaVersion("1.2.5")))
        #expect(throws: Failure.self) { try VersionSpec("^1.*$") }
        #expect(throws: Failure.self) { try VersionSpec("1.2$") }
        #expect(throws: Failure.self) { try VersionSpec(String(repeating: "(", count: 100_000)) }
    }
}

@Suite struct TextPatternTests {
    @Test(
        "regular expressions",
        arguments: [
            ("^py3[0-9]+_\\d$", "py310_1", true), ("^py3[0-9]+_\\d$", "py310_x", false), ("^(a|b)c?$", "B", true),
            ("^(a|b)c?$", "cc", false), ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaa", true), ("^a|b$", "xb", true),
            ("^[^_]+_0$", "abc_0", true), ("^(?:x.)*$", "xaxb", true), ("^\\w+\\.\\w+$", "a.b", true), ("^$", "", true),
        ])
    func expressions(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try TextPattern(pattern).matches(text) == expected)
    }

    @Test(
        "hostile patterns end soon",
        arguments: [
            "^(a+)+b$", "^((a{1000}){1000}){1000}$", "^((((){1000}){1000}){1000}){1000}$", "a*a*a*a*a*a*a*a*a*a*a*a*b",
            "^(a|a)*(a|a)*c$",
        ])
    func hostile(_ pattern: String) throws {
        #expect(try !TextPattern(pattern).matches(String(repeating: "a", count: 200)))
    }

    @Test(
        "broken patterns",
        arguments: [
            "^(*)$", "^a)$", "^[z-a]$", "^a{3,2}$", "^a{x}$", "^\\1$", "*[", "*[z-a]",
        ])
    func broken(_ pattern: String) {
        #expect(throws: Failure.self) { try TextPattern(pattern) }
    }
}
