import CondaModel
import Support
import Testing

@testable import Lockfile

@Suite("Version 6") struct LockVersion6Tests {
    private func record(_ fields: String, at url: String = Sample.url) throws -> PackageRecord {
        try Sample.conda(Sample.version6("conda: \(url)", fields)).record
    }

    @Test("an empty list of purls stays [lock 9]") func emptyPurls() throws {
        #expect(try record("purls: []").purls == [])
        #expect(try record("").purls == nil)
        #expect(
            try record("purls: ['pkg:pypi/zzz?source=hash-mapping', 'pkg:pypi/aaa']").purls
                == ["pkg:pypi/aaa", "pkg:pypi/zzz?source=hash-mapping"])
        #expect { try record("purls: [x]") } throws: { "\($0)".contains("'x' is not a valid package URL") }
    }

    @Test("a minimal entry, all fields derived [lock 14]") func minimal() throws {
        var expected = PackageRecord(name: "foo", version: "1.0", build: "h1_3", buildNumber: 3, subdir: "linux-64")
        expected.arch = "x86_64"
        expected.platform = "linux"
        let package = try Sample.conda(Sample.version6("conda: \(Sample.url)"))
        #expect(package.record == expected)
        #expect(package.fileName == "foo-1.0-h1_3.conda")
        #expect(package.location == .url(try WebURL(Sample.url)))
    }

    @Test(
        "a build without digits at its end [lock 15]",
        arguments: [
            ("foobar", 0), ("123_", 0), ("123foo", 0), ("2", 2), ("py_100", 100), ("1.2.3", 3),
            ("h99999999999999999999", 0),
        ] as [(String, UInt64)])
    func buildNumber(_ build: String, _ expected: UInt64) throws {
        #expect(try record("", at: "https://h/c/linux-64/foo-1.0-\(build).conda").buildNumber == expected)
    }

    @Test("an explicit build number of 0 wins [lock 16]") func explicitZero() throws {
        #expect(try record("build_number: 0").buildNumber == 0)
    }

    @Test("an encoded plus is one, in the version and in the file's name [lock 17]") func encodedPlus() throws {
        let found = try record("", at: "https://h/linux-64/foo-1.0%2Bx-h1_0.conda")
        #expect((found.name, found.version, found.build) == ("foo", "1.0+x", "h1_0"))
        let package = try Sample.conda(Sample.version6("conda: https://h/linux-64/x-1%212-%C3%A4_0.tar.bz2"))
        #expect(package.fileName == "x-1!2-\u{E4}_0.tar.bz2")
        // No text: it stays as it is.
        #expect(
            try Sample.conda(Sample.version6("conda: https://h/linux-64/x-1-%FF_0.conda")).fileName
                == "x-1-%FF_0.conda")
        #expect { try Sample.conda(Sample.version6("conda: https://h/linux-64/x-1-..%2F..%2Fy_0.conda")) } throws: {
            "\($0)".contains("it cannot be part of a path")
        }
    }

    @Test("an s3 URL gives no subdir [lock 18]") func s3() throws {
        #expect { try record("", at: "s3://b/linux-64/foo-1.0-h1_0.conda") } throws: {
            "\($0)".hasSuffix("missing field/fields 'subdir'")
        }
        #expect(try record("subdir: linux-64", at: "s3://b/linux-64/foo-1.0-h1_0.conda").name == "foo")
    }

    @Test("a file URL is a path [lock 19]") func fileURL() throws {
        let text = Sample.version6("conda: file:///x%20y/linux-64/foo-1.0-h1_0.conda", "subdir: linux-64")
        #expect(try Sample.conda(text).location == .path("/x y/linux-64/foo-1.0-h1_0.conda"))
        #expect { try record("", at: "file:///linux-64/foo-1.0-h1_0.conda") } throws: {
            "\($0)".hasSuffix("missing field/fields 'subdir'")
        }
    }

    @Test("a relative path stays, to be resolved against the lock file [lock 20]") func relative() throws {
        let package = try Sample.conda(Sample.version6("conda: ../c/foo-1.0-h1_0.conda", "subdir: noarch"))
        #expect(package.location == .path("../c/foo-1.0-h1_0.conda"))
        #expect(package.record.noarch == .generic)
    }

    @Test("arch and platform are derived, whatever is written [lock 21]") func arch() throws {
        let record = try record("arch: foo\nplatform: bar")
        #expect((record.arch, record.platform) == ("x86_64", "linux"))
    }

    @Test(
        "spellings of noarch [lock 22]",
        arguments: [
            ("true", NoArch.oldGeneric), ("false", .none), ("''", .none), ("python", .python), ("generic", .generic),
        ])
    func noarch(_ text: String, _ expected: NoArch) throws {
        #expect(try record("noarch: \(text)").noarch == expected)
        #expect { try record("noarch: maybe") } throws: { "\($0)".contains("`noarch`") }
    }

    @Test(
        "timestamps are milliseconds [lock 23–25]",
        arguments: [
            ("1600000000", 1_600_000_000_000), ("1706869604123", 1_706_869_604_123), ("253402300800", 253_402_300_800),
            ("-5", -5000), ("0", 0), ("253402207200", 253_402_207_200_000), ("253402207200999", 253_402_207_200_999),
        ] as [(String, Int64)])
    func timestamp(_ text: String, _ expected: Int64) throws {
        #expect(try record("timestamp: \(text)").timestamp == expected)
    }

    @Test(
        "timestamps out of range [lock 25]",
        arguments: [
            "253402300799", "253402207201", "253402207201000", "-377705023202", "-9223372036854775808",
            "9223372036854775807",
        ])
    func timestampOutOfRange(_ text: String) {
        #expect { try record("timestamp: \(text)") } throws: {
            "\($0)".hasSuffix("got invalid timestamp, timestamp out of range")
        }
        #expect { try record("timestamp: 1.5") } throws: { "\($0)".contains("`timestamp`: expected an integer") }
    }

    @Test("hashes in any case, of the right length [lock 26]") func hashes() throws {
        let record = try record("md5: ABCDEF00112233445566778899AABBCC")
        #expect(record.md5?.hex == "abcdef00112233445566778899aabbcc")
        for field in ["md5: 00", "sha256: xyz", "legacy_bz2_md5: ''"] {
            #expect { try self.record(field) } throws: { "\($0)".contains("failed to parse digest") }
        }
    }

    @Test("track features are a list, written as one string [lock 27]") func trackFeatures() throws {
        let record = try record("track_features: [a, b]")
        #expect(record.trackFeatures == ["a", "b"])
        var writer = JSONWriter()
        writer.object { record.writeMembers(to: &$0) }
        #expect(String(decoding: writer.bytes, as: UTF8.self).contains(#""track_features": "a b""#))
        #expect { try self.record("track_features: a b") } throws: { "\($0)".contains("expected a list of strings") }
    }

    @Test("all other fields [lock 1.6]") func fields() throws {
        let record = try record(
            """
            name: other
            version: '2'
            build: b
            subdir: osx-64
            depends: [z, a]
            constrains: [c]
            extra_depends: {z: [x], a: []}
            flags: [f1]
            features: feat
            license: MIT
            license_family: M
            size: 12
            legacy_bz2_size: 13
            python_site_packages_path: lib
            input: {hash: x}
            channel: null
            """)
        #expect((record.name, record.version, record.build, record.subdir) == ("other", "2", "b", "osx-64"))
        #expect(record.depends == ["z", "a"])
        #expect(record.extraDepends == [.init(extra: "a", depends: []), .init(extra: "z", depends: ["x"])])
        #expect((record.size, record.legacyBz2Size) == (12, 13))
        #expect((record.features, record.license, record.licenseFamily) == ("feat", "MIT", "M"))
        #expect(record.pythonSitePackagesPath == "lib")
        #expect(record.flags == ["f1"])
        #expect((record.arch, record.platform) == ("x86_64", "osx"))
        #expect { try self.record("version: 1..0") } throws: { "\($0)".contains("malformed version string '1..0'") }
    }

    @Test("a reference to nothing [lock 31]") func missing() {
        #expect { try Sample.packages(Sample.version6("conda: \(Sample.url)", entry: "conda: https://h/x")) } throws: {
            "\($0)"
                == "environment default and platform linux-64 refers to a package that does not exist: \(Sample.url)"
        }
    }

    @Test("several outputs of one source are told apart [lock 32]") func sources() throws {
        let text = """
            version: 6
            environments:
              default:
                channels: []
                packages:
                  linux-64:
                  - conda: ./src
                    name: b
                  - conda: src/
                    build: h2
            packages:
            - conda: ./src
              name: a
              version: '1'
              build: h1
              subdir: linux-64
            - conda: ./src
              name: b
              version: '1'
              build: h1
            - conda: ./src
              name: a
              version: '2'
              build: h2
            """
        let sources = try Sample.packages(text).compactMap { package -> LockedSource? in
            if case .condaSource(let source) = package { source } else { nil }
        }
        #expect(sources.map(\.name) == ["a", "b"])
        #expect(sources.map(\.version) == ["2", "1"])
        #expect(sources.map(\.location) == [.path("./src"), .path("./src")])
        let none = text.replacing("name: b\n      - ", with: "name: c\n      - ")
        #expect { try Sample.packages(none) } throws: { "\($0)".contains("does not exist: ./src") }
    }

    @Test("what has no archive name is a source [lock 1.6]") func binaryOrSource() throws {
        for location in ["./foo", "foo-1.conda", "https://h/foo.conda", "git+https://h/r.git?rev=1#2"] {
            let packages = try Sample.packages(Sample.version6("conda: \(location)", "name: foo"))
            guard case .condaSource(let source)? = packages.first else {
                Issue.record("\(location) is no source")
                continue
            }
            #expect(source.name == "foo")
        }
        #expect { try Sample.packages(Sample.version6("conda: ./foo")) } throws: {
            "\($0)".hasSuffix("missing field/fields 'name'")
        }
    }

    @Test("Python packages [lock 1.16]") func pypi() throws {
        func read(_ location: String, _ fields: String = "name: x\nversion: '1'") throws -> LockedPyPI {
            try Sample.pypi(Sample.version6("pypi: \(location)", fields))
        }
        #expect(try read("https://h/x-1-py3-none-any.whl").isWheel)
        #expect(try read("./w/x-1-py3-none-any.whl").displayVersion == "1")
        #expect(try read("./x.tar.gz").displayVersion == "1")
        #expect(try !read("./x.tar.gz").isWheel)
        #expect(try read("./x").displayVersion == "<unknown>")
        #expect(try read("file:///x").displayVersion == "<unknown>")
        #expect(try read("git+https://h/x.git?rev=a#b").displayVersion == "1")
        #expect(try !read("git+https://h/x.git?rev=a#b").isWheel)
        #expect(try read("https://h/x.whl#sha256=0").isWheel)
        #expect(try read("./x", "name: x\nversion: '1'\neditable: true").isEditable)
        #expect { try read("./x", "name: x") } throws: { "\($0)".hasSuffix("missing field `version`") }
        #expect { try read("./x", "version: 1") } throws: { "\($0)".contains("missing field `name`") }
        #expect { try read("./x", "name: '?'\nversion: 1") } throws: {
            "\($0)".contains("not a valid Python package name")
        }
        #expect { try read("./x", "name: x\nversion: x") } throws: { "\($0)".contains("not a valid Python version") }
        #expect { try read("./x", "name: x\nversion: 1\neditable: maybe") } throws: { "\($0)".contains("`editable`") }
    }

    @Test("paths are compared lexically, a leading .. counts [lock 1.11]") func comparedPaths() throws {
        let text = Sample.version6("pypi: ./a/../w/x.whl", "name: x\nversion: 1", entry: "pypi: w/./x.whl")
        #expect(try Sample.pypi(text).location == .path("w/./x.whl"))
        let outside = Sample.version6("pypi: ../x.whl", "name: x\nversion: 1", entry: "pypi: ./x.whl")
        #expect { try Sample.packages(outside) } throws: { "\($0)".contains("does not exist: ../x.whl") }
        let url = Sample.version6(
            "conda: HTTPS://H:443/c/./linux-64/foo-1-0.conda", entry: "conda: https://h/c/linux-64/foo-1-0.conda")
        #expect(try Sample.conda(url).record.name == "foo")
    }
}
