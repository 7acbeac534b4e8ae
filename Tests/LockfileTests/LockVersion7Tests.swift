import CondaModel
import Support
import Testing

@testable import Lockfile

@Suite("Version 7") struct LockVersion7Tests {
    private func text(platforms: String, packages: String = "linux-64: []") -> String {
        """
        version: 7
        platforms:
        \(platforms)
        environments:
          default:
            channels: []
            packages:
              \(packages)
        packages: []
        """
    }

    @Test(
        "platforms that cannot be [lock 33, 34]",
        arguments: [
            ("- name: linux-64", "vax: []", "Environment `default` is using an unknown platform `vax`"),
            (
                "- name: a\n  subdir: linux-64", "linux-64: []",
                "Environment `default` is using an unknown platform `linux-64`"
            ),
            ("- name: linux-64\n- name: linux-64", "linux-64: []", "Duplicate platform name `linux-64` found"),
            ("- name: a b\n  subdir: linux-64", "a b: []", "failed to parse 'a b' as a PlatformName"),
            (
                "- name: a\n  subdir: vax", "a: []",
                "failed to parse ''vax' is not a known platform. Valid platforms are 'noarch'"
            ),
            ("- name: vax", "vax: []", "failed to parse ''vax' is not a known platform."),
            ("- subdir: linux-64", "a: []", "missing field `name`"),
        ])
    func platforms(_ platforms: String, _ packages: String, _ message: String) {
        #expect { try Sample.read(text(platforms: platforms, packages: packages)) } throws: {
            "\($0)".contains(message)
        }
    }

    @Test("names of platforms may have any letters [lock 1.7]") func platformNames() throws {
        let lock = try Sample.read(text(platforms: "- name: Ünïx_9-٣\n  subdir: linux-64", packages: "Ünïx_9-٣: []"))
        #expect(try lock.platform("linux-64", of: "default").name == "Ünïx_9-٣")
        #expect(try lock.platform("Ünïx_9-٣", of: "default").subdir == .linux64)
    }

    @Test("without platforms every use is unknown [lock 1.7]") func noPlatforms() {
        #expect { try Sample.read(Sample.version6("conda: x").replacing("version: 6", with: "version: 7")) } throws: {
            "\($0)" == "Environment `default` is using an unknown platform `linux-64`"
        }
    }

    @Test("a named platform is found by its subdir [lock 35]") func bySubdir() throws {
        let lock = try Sample.read(text(platforms: "- name: cuda\n  subdir: linux-64", packages: "cuda: []"))
        #expect(try lock.platform("linux-64", of: "default").name == "cuda")
        #expect(try lock.packages(environment: "default", platform: "linux-64").isEmpty)
    }

    @Test("of two platforms with one subdir the one of that name, else none is chosen [lock 36]")
    func twoPlatforms() throws {
        let platforms = "- name: b\n  subdir: linux-64\n- name: a\n  subdir: linux-64\n"
        let two = try Sample.read(text(platforms: platforms, packages: "{a: [], b: []}"))
        let failure = #expect(throws: Failure.self) { try two.platform("linux-64", of: "default") }
        #expect(failure?.message == "platform 'linux-64' is ambiguous: environment 'default' has it as b, a")
        #expect(failure?.innermostRemedy == "Choose one of them by its name: --platform b.")
        #expect(try two.platform("a", of: "default").name == "a")
        let three = try Sample.read(
            text(platforms: platforms + "- name: linux-64", packages: "{a: [], b: [], linux-64: []}"))
        #expect(try three.platform("linux-64", of: "default").name == "linux-64")
        let used = try Sample.read(text(platforms: platforms, packages: "{a: []}"))
        #expect(try used.platform("linux-64", of: "default").name == "a", "only the environment's own count")
    }

    @Test("run exports, known to be empty or absent [lock 37]") func runExports() throws {
        func record(_ fields: String) throws -> PackageRecord {
            try Sample.conda(Sample.version7("conda: \(Sample.url)", fields)).record
        }
        #expect(try record("run_exports: {}").runExports == PackageRecord.RunExports())
        #expect(try record("").runExports == nil)
        #expect(try record("run_exports: {weak: [a], strong_constrains: [b], other: [c]}").runExports?.weak == ["a"])
        #expect(try Sample.conda(Sample.version6("conda: \(Sample.url)", "run_exports: {}")).record.runExports == nil)
    }

    @Test("references are exact texts [lock 38]") func exactText() throws {
        let text = Sample.version7("pypi: ./a.whl", "name: a", entry: "pypi: a.whl")
        #expect { try Sample.packages(text) } throws: {
            "\($0)" == "environment default and platform linux-64 refers to a package that does not exist: ./a.whl"
        }
        let url = Sample.version7(
            "conda: https://H/linux-64/a-1-0.conda", entry: "conda: https://h/linux-64/a-1-0.conda")
        #expect(try Sample.conda(url).record.name == "a", "URLs are in normal form")
    }

    @Test("the version of a Python package [lock 39]") func pypiVersion() throws {
        func read(_ fields: String) throws -> LockedPyPI {
            try Sample.pypi(Sample.version7("pypi: ./a.whl", "name: A_a\n\(fields)"))
        }
        #expect(try read("md5: abcdef00112233445566778899aabbcc").displayVersion == "0a0.dev0")
        #expect(try read("").displayVersion == "<unknown>")
        #expect(try read("version: '1.0'").displayVersion == "1.0")
        #expect(try read("index: https://i/simple").displayVersion == "0a0.dev0")
        #expect(try read("index: https://i/simple").index == "https://i/simple")
        #expect(try read("requires_dist: [x]\nrequires_python: '>=3'").requiresDist == ["x"])
    }

    private let source = """
        version: 7
        platforms:
        - name: linux-64
        environments:
          default:
            channels: []
            packages:
              linux-64:
              - conda_source: "foo[1a2b] @ ./src"
        packages:
        - conda: https://h/linux-64/cmake-1-0.conda
        - conda_source: "foo[1a2b] @ ./src"
          version: '1'
          subdir: linux-64
          depends: [x]
          build_packages:
          - conda: https://h/linux-64/cmake-1-0.conda
          host_packages:
          - conda: https://h/linux-64/cmake-1-0.conda
        """

    @Test("build and host packages are no part of the environment [lock 40]") func buildPackages() throws {
        let packages = try Sample.packages(source)
        var expected = LockedSource(name: "foo", location: .path("./src"), hash: "1a2b")
        expected.version = "1"
        expected.subdir = "linux-64"
        expected.depends = ["x"]
        #expect(packages == [.condaSource(expected)])
    }

    @Test("a source may have a URL, which only building refuses [lock 41]") func sourceURL() throws {
        let packages = try Sample.packages(source.replacing("@ ./src", with: "@ git+https://h/r.git?rev=1#2"))
        #expect(packages.map(\.location) == [.url(try WebURL("git+https://h/r.git?rev=1#2"))])
    }

    @Test(
        "references to sources that are none [lock 1.7]",
        arguments: [
            ("foo", "missing '[' after package name"), ("foo[x", "missing ']' after hash"),
            ("foo[] @ x", "hash cannot be empty"), ("foo[1] x", "missing ' @ ' separator"),
            ("foo[1]", "missing ' @ ' separator"),
            ("f o[1] @ x", "invalid package name"), ("[1] @ x", "invalid package name"),
        ])
    func sourceReference(_ text: String, _ message: String) {
        #expect { try SourceReference(ByteString(text)) } throws: { "\($0)".contains(message) }
        let lock = Sample.version7("conda_source: '\(text)'", entry: "conda: \(Sample.url)")
        #expect { try Sample.packages(lock) } throws: { "\($0)".contains(message) }
    }

    @Test("file_name counts, wheels are archives, other names are none [lock 1.7]") func fileNames() throws {
        let named = try Sample.conda(Sample.version7("conda: \(Sample.url)", "file_name: bar-1-0.tar.bz2"))
        #expect(named.fileName == "bar-1-0.tar.bz2")
        let wheel = try Sample.conda(
            Sample.version7("conda: https://h/noarch/foo-1.0-py3_none_any_0.whl", "subdir: noarch"))
        #expect(wheel.fileName == "foo-1.0-py3_none_any_0.whl")
        #expect(wheel.record.name == "foo")
        #expect { try Sample.packages(Sample.version7("conda: https://h/linux-64/foo.conda")) } throws: {
            "\($0)".hasSuffix("binary package location must have a valid archive filename (.conda or .tar.bz2)")
        }
    }
}
