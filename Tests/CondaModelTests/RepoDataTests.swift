import Support
import Testing

@testable import CondaModel

@Suite("repodata.json") struct RepoDataTests {
    private func parse(_ record: String, name: String = "a-1-0.conda") throws -> PackageRecord {
        let entries = try RepoData.parse(Array(#"{"packages.conda": {"\#(name)": \#(record)}}"#.utf8))
        return try #require(entries.first).record
    }

    private let minimal = #""name": "a", "version": "1", "build": "0", "build_number": 0"#

    @Test func readsEveryField() throws {
        let record = try parse(
            #"""
            {"name": "a", "version": "1.0", "build": "", "build_number": 18446744073709551615, "depends": ["b >=1"],
            "constrains": ["c"], "track_features": "x,y", "noarch": "python", "timestamp": -5, "subdir": "noarch",
            "md5": "ABCDEF00112233445566778899aabbcc", "sha256": null, "size": 3, "arch": null, "platform": "linux",
            "features": "f", "license": "MIT", "license_family": "M", "python_site_packages_path": "lib/x",
            "legacy_bz2_md5": "abcdef00112233445566778899aabbcc", "legacy_bz2_size": 2, "channel": "dropped",
            "purls": ["pkg:pypi/zzz?source=hash-mapping", "pkg:pypi/aaa", "pkg:pypi/aaa"],
            "run_exports": {"weak": ["w"], "strong_constrains": ["s"]}, "extra_depends": {"z": ["1"], "b": []},
            "flags": ["f1"]}
            """#)
        var expected = PackageRecord(
            name: "a", version: "1.0", build: "", buildNumber: .max, subdir: "noarch")
        expected.depends = ["b >=1"]
        expected.constrains = ["c"]
        expected.trackFeatures = ["x", "y"]
        expected.noarch = .python
        expected.timestamp = -5
        expected.md5 = MD5Digest(hex: "abcdef00112233445566778899aabbcc")
        expected.size = 3
        expected.platform = "linux"
        expected.features = "f"
        expected.license = "MIT"
        expected.licenseFamily = "M"
        expected.pythonSitePackagesPath = "lib/x"
        expected.legacyBz2MD5 = expected.md5
        expected.legacyBz2Size = 2
        expected.purls = ["pkg:pypi/aaa", "pkg:pypi/zzz?source=hash-mapping"]
        expected.runExports = PackageRecord.RunExports()
        expected.runExports?.weak = ["w"]
        expected.runExports?.strongConstrains = ["s"]
        expected.extraDepends = [.init(extra: "b", depends: []), .init(extra: "z", depends: ["1"])]
        expected.flags = ["f1"]
        #expect(record == expected)
    }

    @Test(
        "a field of another type is refused and named [install 1.2]",
        arguments: [
            (#""version": "1", "build": "0", "build_number": 0"#, "missing field `name`"),
            (#""name": "a", "version": "1", "build": "0""#, "missing field `build_number`"),
            (#""name": "a", "version": "1", "build": "0", "build_number": "0""#, "field `build_number`"),
            (#""name": "a", "version": "1", "build": "0", "build_number": -1"#, "field `build_number`"),
            (#""name": "a", "version": "1..0", "build": "0", "build_number": 0"#, "malformed version string '1..0'"),
            (
                #""name": "a", "version": 1, "build": "0", "build_number": 0"#,
                "field `version`: expected a string, found 1"
            ),
            (#"M, "depends": null"#, "field `depends`: expected a list of strings, found null"),
            (#"M, "depends": [1]"#, "field `depends`"), (#"M, "constrains": null"#, "field `constrains`"),
            (#"M, "track_features": null"#, "field `track_features`"), (#"M, "noarch": "x""#, "field `noarch`"),
            (#"M, "timestamp": 1.5"#, "field `timestamp`: expected an integer, found 1.5"),
            (#"M, "md5": "xx""#, "field `md5`: expected an MD5 digest"), (#"M, "sha256": "00""#, "field `sha256`"),
            (#"M, "size": -1"#, "field `size`"), (#"M, "license": 1"#, "field `license`"),
            (#"M, "purls": ["pypi/x"]"#, "field `purls`: 'pypi/x' is not a valid package URL"),
            (#"M, "run_exports": []"#, "field `run_exports`"),
            (#"M, "extra_depends": {"a": 1}"#, "field `extra_depends`"),
            (#"M, "subdir": "../x""#, "unsafe subdir '../x'"),
            (#""name": "a/b", "version": "1", "build": "0", "build_number": 0"#, "unsafe name 'a/b'"),
            (#""name": "..", "version": "1", "build": "0", "build_number": 0"#, "unsafe name '..'"),
            (#""name": "a", "version": "1", "build": "c:d", "build_number": 0"#, "unsafe build 'c:d'"),
        ])
    func refuses(_ members: String, _ message: String) {
        let text = members.hasPrefix("M") ? minimal + members.dropFirst() : members
        #expect { try parse("{\(text)}") } throws: {
            "\($0)".hasPrefix("package 'a-1-0.conda': ") && "\($0)".contains(message)
        }
    }

    @Test(
        "spellings of noarch [install 1.2]",
        arguments: [
            ("null", NoArch.none), ("false", .none), (#""""#, .none), ("true", .oldGeneric), (#""generic""#, .generic),
        ])
    func noarch(_ text: String, _ expected: NoArch) throws {
        #expect(try parse("{\(minimal), \"noarch\": \(text)}").noarch == expected)
    }

    @Test func trackFeaturesAreSplitAtEveryCommaAndBlank() throws {
        #expect(try parse(#"{\#(minimal), "track_features": "a, b"}"#).trackFeatures == ["a", "", "b"])
        #expect(try parse(#"{\#(minimal), "track_features": ["a b"]}"#).trackFeatures == ["a b"])
    }

    @Test func fileNamesMustBeArchiveNames() {
        #expect { try parse("{\(minimal)}", name: "a-1.conda") } throws: {
            "\($0)" == "package 'a-1.conda': the name is not of the form <name>-<version>-<build>.conda or .tar.bz2"
        }
        #expect { try parse("{\(minimal)}", name: "a/b-1-0.conda") } throws: { "\($0)".contains("unsafe file name") }
    }

    @Test("`packages` is merged over `packages.conda` [install 1.2]") func merges() throws {
        let text = """
            {"packages": {"a-1-0.conda": {"name": "later", "version": "1", "build": "0", "build_number": 0}},
             "packages.conda": {"a-1-0.conda": {\(minimal)}, "b-1-0.tar.bz2": {\(minimal)}}, "v3": 1}
            """
        let entries = try RepoData.parse(Array(text.utf8))
        #expect(entries.map(\.fileName) == ["a-1-0.conda", "b-1-0.tar.bz2"])
        #expect(entries.first?.record.name == "later")
    }

    @Test func refusesWhatIsNoIndex() {
        #expect { try RepoData.parse(Array("[]".utf8)) } throws: { "\($0)" == "expected a map, found sequence" }
        #expect { try RepoData.parse(Array(#"{"packages": 1}"#.utf8)) } throws: {
            "\($0)" == "`packages`: expected a map, found integer"
        }
    }

    @Test("packages are sorted by name, version, build and kind, not by file name [lock 50]")
    func order() throws {
        let names = ["foo-1.2+x-0.conda", "foo-1.2-0.tar.bz2", "foo-1.2-0.conda", "foo-bar-1-0.conda", "Foo-1-0.conda"]
        let entries = names.map { name in
            RepoData.Entry(fileName: name, record: PackageRecord(name: "x", version: "1", build: "0", subdir: "noarch"))
        }
        let text = RepoData.render(subdir: "noarch", entries: entries)
        let keys = try JSONDocument(text).root["packages.conda"]?.members?.map { "\($0.name)" }
        #expect(
            keys == [
                "Foo-1-0.conda", "foo-1.2-0.conda", "foo-1.2-0.tar.bz2", "foo-1.2+x-0.conda", "foo-bar-1-0.conda",
            ])
    }

    @Test(".tar.bz2 packages stand under packages.conda, packages is empty [lock 51]")
    func emptyPackages() {
        let record = PackageRecord(name: "a", version: "1", build: "0", subdir: "linux-64")
        let text = RepoData.render(
            subdir: "linux-64", entries: [.init(fileName: "a-1-0.tar.bz2", record: record)])
        #expect(
            String(decoding: text, as: UTF8.self) == """
                {
                  "info": {
                    "subdir": "linux-64"
                  },
                  "packages": {},
                  "packages.conda": {
                    "a-1-0.tar.bz2": {
                      "build": "0",
                      "build_number": 0,
                      "depends": [],
                      "name": "a",
                      "subdir": "linux-64",
                      "version": "1"
                    }
                  },
                  "repodata_version": 2
                }
                """)
    }

    // Pairs checked against the original's library.
    @Test(
        "package URLs are rendered canonically [lock 1.13]",
        arguments: [
            ("pkg:pypi/A_b.C@1.0?z=1&a=%20x#sub/p", "pkg:pypi/A_b.C@1.0?a=%20x&z=1#sub/p"),
            ("pkg:generic/x/y/z@1", "pkg:generic/x/y/z@1"), ("pkg:npm/%40scope/Foo", "pkg:npm/%40scope/Foo"),
            ("pkg://pypi/x", "pkg:pypi/x"), ("pkg:PyPI/x?A=b", "pkg:pypi/x?a=b"), ("pkg:pypi/x?a=", "pkg:pypi/x"),
            ("pkg:pypi/x@1%2B2", "pkg:pypi/x@1+2"), ("pkg:pypi/x#../a/./b/", "pkg:pypi/x#a/b"),
            ("pkg:pypi/a b", "pkg:pypi/a%20b"), ("pkg:generic/é:x@1:2", "pkg:generic/%C3%A9:x@1:2"),
            ("pkg:pypi/x?checksum=SHA1:AB,md5:cd", "pkg:pypi/x?checksum=md5:cd,sha1:ab"),
            (
                "pkg:pypi/a%25%40%2F%3A%2B%23%3F%5B%7C%5E%7E%3D%26b@1%2F%252@3",
                "pkg:pypi/a%25%40%2F:+%23%3F[|^~=&b%401%2F%252@3"
            ),
            ("pkg:g/x@1?a=b#c@d", "pkg:g/x@1?a=b#c%40d"), ("pkg:G+.-/n/../x", "pkg:g+.-/n/../x"),
            ("pkg:g/x?repository_url=https://h/x%3Fy", "pkg:g/x?repository_url=https://h/x%3Fy"),
        ])
    func canonicalPackageURL(_ text: String, _ expected: String) throws {
        #expect(try PackageURL(text).text == expected)
    }

    @Test(
        "package URLs that are none",
        arguments: [
            ("PKG:pypi/a", "URL scheme must be pkg"), ("pkg:pypi/", "Missing required field name"),
            ("pkg:pypi", "Missing required field name"), ("pkg:foo!/x", "Invalid package type"),
            ("pkg:g/x?a", "Invalid qualifier"), ("pkg:g/x?a=b&a=c", "Invalid qualifier"),
            ("pkg:g/n%2Fs/x", "An escape sequence contains invalid characters"),
            ("pkg:g/%FF", "An escape sequence contains invalid characters"),
        ])
    func refusesPackageURL(_ text: String, _ reason: String) {
        #expect { try PackageURL(text) } throws: { "\($0)" == "'\(text)' is not a valid package URL: \(reason)" }
    }

    @Test("sets of package URLs are ordered by their parts [lock 1.13]") func packageURLOrder() throws {
        let sorted = [
            "pkg:conda/z", "pkg:pypi/a", "pkg:pypi/a-b", "pkg:pypi/aaa", "pkg:pypi/aaa#s", "pkg:pypi/aaa?a=1&c=1",
            "pkg:pypi/aaa?a=2", "pkg:pypi/aaa?b=1", "pkg:pypi/aaa@1", "pkg:pypi/aaa@1?b=1",
            "pkg:pypi/zzz?source=hash-mapping", "pkg:pypi/m/z", "pkg:pypi/n/a",
        ]
        #expect(try PackageURL.canonicalSet(sorted.reversed() + ["pkg:pypi/aaa"]) == sorted)
        #expect(try PackageURL.canonicalSet([]) == [])
    }
}
