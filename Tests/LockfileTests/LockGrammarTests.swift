import CondaModel
import Support
import Testing

@testable import Lockfile

@Suite("Versions 1 to 5") struct LockGrammarTests {
    @Test("dependencies as a map [lock 5]") func dependencyMap() throws {
        let text = Sample.version1(
            """
            name: foo
            version: '1.0'
            url: \(Sample.url)
            \(Sample.hash1)
            dependencies: {python: '>=3', bar: '', baz: , exact: 0.1 build, broken: '>>>'}
            """)
        let record = try Sample.conda(text).record
        #expect(record.depends == ["python >=3", "bar", "baz", "exact ==0.1 build", "broken >>>"])
        #expect(record.build == "h1_3")
        #expect(record.buildNumber == 3)
        #expect(record.subdir == "linux-64")
        #expect((record.arch, record.platform) == ("x86_64", "linux"))
    }

    @Test("manager pip is a wheel, its name is normalised [lock 6]") func pip() throws {
        let text = Sample.version1(
            """
            name: A_b.C
            version: 1.0.0-RC1
            url: https://h/a_b_c-1.0.0rc1-py3-none-any.whl
            hash: {sha256: 39472a3dedf2e05a92015a223b8ecc8c525172123d430b47aed74566a981777b}
            requires_dist: {x: '>=1', y: ''}
            requires_python: '>=3.8'
            """, manager: "pip")
        let package = try Sample.pypi(text)
        #expect(package.name.text == "a-b-c")
        #expect(package.version == "1.0.0rc1")
        #expect(package.displayVersion == "1.0.0rc1")
        #expect(package.requiresDist == ["x >=1", "y"])
        #expect(package.requiresPython == ">=3.8")
        #expect(package.sha256?.hex == "39472a3dedf2e05a92015a223b8ecc8c525172123d430b47aed74566a981777b")
        #expect(package.isWheel)
        let other = Sample.version1(
            "name: x\nversion: 1\nurl: https://h/x.whl\ndependencies: ['z >1']", manager: "pypi")
        #expect(try Sample.pypi(other).requiresDist == ["z >1"])
    }

    @Test("subdir and noarch from the URL [lock 7]")
    func noarchFromURL() throws {
        for (build, expected) in [("pyhd8ed1ab_0", NoArch.python), ("hd8ed1ab_0", .generic)] {
            let text = Sample.version1(
                "name: foo\nversion: 1\nurl: https://h/c/noarch/foo-1-\(build).tar.bz2\n\(Sample.hash1)")
            let package = try Sample.conda(text)
            #expect(package.record.subdir == "noarch")
            #expect(package.record.noarch == expected)
            #expect(package.record.arch == nil)
            #expect(package.fileName == "foo-1-\(build).tar.bz2")
        }
    }

    @Test("an empty list of purls means absent in versions 1 to 3 [lock 8]") func emptyPurls() throws {
        let text = Sample.version1("name: foo\nversion: 1\nurl: \(Sample.url)\n\(Sample.hash1)\npurls: []")
        #expect(try Sample.conda(text.replacing("version: 1\nm", with: "version: 3\nm")).record.purls == nil)
    }

    @Test("a conda package needs a hash, an unknown manager is refused [lock 1.4]") func version1Errors() {
        let text = Sample.version1("name: foo\nversion: 1\nurl: \(Sample.url)\nhash: {}")
        #expect { try Sample.packages(text) } throws: {
            "\($0)".hasSuffix("Expected `sha256` field `md5` field or both")
        }
        #expect { try Sample.packages(Sample.version1("name: x\nurl: https://h/x", manager: "npm")) } throws: {
            "\($0)".contains("unknown `manager` 'npm'")
        }
    }

    @Test("fields of versions 1 to 3 [lock 1.4]") func version1Fields() throws {
        let text = Sample.version1(
            """
            name: foo
            version: '1'
            url: https://h/some/where/pkg?x=1
            \(Sample.hash1)
            build: b_7
            build_number: 9
            track_features: a b
            timestamp: 5
            constrains: [c]
            """, platform: "osx-64")
        let package = try Sample.conda(text, platform: "osx-64")
        #expect(package.fileName == "foo-1-b_7.conda")
        #expect(package.record.subdir == "osx-64")
        #expect(package.record.buildNumber == 9)
        #expect(package.record.trackFeatures == ["a b"])
        #expect(package.record.timestamp == 5000)
        #expect(package.record.constrains == ["c"])
        #expect(package.record.platform == "osx")
        let lock = try Sample.read(text)
        #expect(lock.environmentNames == ["default"])
        #expect(try lock.environment(named: "default").platforms.map(\.name) == ["osx-64"])
    }

    @Test("version 5, build and build number from the file name [lock 10, 11]") func version5Build() throws {
        let text = Sample.version5(
            ["conda: \(Sample.url)"],
            "- kind: conda\n  name: foo\n  version: '1.0'\n  url: \(Sample.url)\n  subdir: linux-64")
        let package = try Sample.conda(text)
        #expect(package.record.build == "h1_3")
        #expect(package.record.buildNumber == 3)
        #expect(try Sample.conda(text + "\n  build_number: 0").record.buildNumber == 3)
        #expect(try Sample.conda(text + "\n  build_number: 5").record.buildNumber == 5)
        #expect(try Sample.conda(text + "\n  file_name: other-1-0.conda").fileName == "other-1-0.conda")
        #expect(try Sample.conda(text + "\n  arch: foo\n  platform: bar").record.arch == "foo")
        #expect(try Sample.conda(text.replacing("\n  subdir: linux-64", with: "")).record.subdir == "")
    }

    @Test("version 5, entries of one URL complete each other [lock 12]") func merged() throws {
        let entry = "- kind: conda\n  name: foo\n  version: '1.0'\n  url: \(Sample.url)\n  subdir: linux-64\n"
        let text = Sample.version5(
            ["conda: \(Sample.url)"],
            entry + entry + "  purls: ['pkg:pypi/foo']\n  md5: ABCDEF00112233445566778899aabbcc")
        let record = try Sample.conda(text).record
        #expect(record.purls == ["pkg:pypi/foo"])
        #expect(record.md5?.hex == "abcdef00112233445566778899aabbcc")
        let platforms = entry.replacing("linux-64\n", with: "noarch\n  license: no\n") + entry + "  license: yes\n"
        let preferred = Sample.version5(["conda: \(Sample.url)"], platforms.replacing("c/noarch", with: "c/linux-64"))
        #expect(try Sample.conda(preferred).record.license == "yes", "the entry of the platform counts")
    }

    @Test("version 5, noarch is not derived [lock 13]") func noarchAbsent() throws {
        let url = "https://h/noarch/foo-1-py_0.conda"
        let text = Sample.version5(
            ["conda: \(url)"], "- kind: conda\n  name: foo\n  version: 1\n  url: \(url)\n  subdir: noarch")
        #expect(try Sample.conda(text).record.noarch == .none)
    }

    @Test("a Python package has a URL or a path, the last entry wins [lock 1.5]") func version5PyPI() throws {
        let entry = "- kind: pypi\n  name: x\n  version: '1'\n  path: ./x\n"
        let text = Sample.version5(["pypi: ./x"], entry + entry.replacing("'1'", with: "'2'") + "  editable: true\n")
        let package = try Sample.pypi(text)
        #expect(package.version == "2")
        #expect(package.isEditable)
        #expect(package.displayVersion == "<unknown>")
        #expect(!package.isWheel)
        let both = Sample.version5(["pypi: ./x"], entry + "  url: https://h/x\n")
        #expect { try Sample.packages(both) } throws: {
            "\($0)".contains("refers to a package that does not exist: ./x")
        }
        let file = "file:///x/foo-1.0-h1_3.conda"
        let kept = Sample.version5(["conda: \(file)"], "- kind: conda\n  name: foo\n  version: 1\n  url: \(file)")
        #expect(try Sample.conda(kept).location == .url(WebURL(file)))
    }

    @Test("versions 4 and 5, a reference to nothing [lock 1.12]") func missing() {
        #expect { try Sample.packages(Sample.version5(["conda: \(Sample.url)"], "  []")) } throws: {
            "\($0)"
                == "environment default and platform linux-64 refers to a package that does not exist: \(Sample.url)"
        }
    }

    @Test("names and versions in normal form [lock 77]") func normalForms() throws {
        let text = Sample.version6("pypi: https://h/x.whl", "name: A_b.C\nversion: 1.0.0-RC1")
        let package = try Sample.pypi(text)
        #expect("\(package.name)==\(package.displayVersion)" == "a-b-c==1.0.0rc1")
    }
}
