import CondaModel
import Support
import TestKit
import Testing

@testable import Lockfile

@Suite("Versions, structure and file") struct LockVersionTests {
    @Test("a file without version is refused, the file named [lock 1]")
    func noVersion() throws {
        let folder = try TemporaryDirectory()
        for text in ["", "environments: {}\n", "# nothing\n", "version:\n"] {
            let path = try folder.write("pixi.lock", text)
            let isNull = text == "version:\n"
            #expect { try LockFile.read(at: path) } throws: {
                "\($0)" == "could not read lockfile at \(path): "
                    + (isNull
                        ? "`version` field in lock file is not an integer" : "missing `version` field in lock file")
            }
        }
        #expect { try LockFile.read(at: folder("none")) } throws: {
            "\($0)".hasPrefix("could not read lockfile at \(folder("none")): open")
        }
    }

    @Test("a version that is no integer [lock 2]", arguments: ["\"6\"", "6.0", "-1", "0", "x", "[]", "1e1"])
    func noInteger(_ version: String) {
        #expect { try Sample.read("version: \(version)\n") } throws: {
            "\($0)" == "`version` field in lock file is not an integer"
        }
    }

    @Test("a newer version [lock 3]", arguments: ["8", "1000", "18446744073709551615"])
    func newer(_ version: String) {
        #expect { try Sample.read("version: \(version)\nother: [\n]") } throws: {
            "\($0)" == "found newer lockfile format version \(version), but only up to including version 7 is supported"
        }
    }

    @Test(
        "the parts a version needs are named when missing",
        arguments: [
            ("version: 1", "missing field `metadata`"), ("version: 1\nmetadata: {}", "missing field `package`"),
            ("version: 4", "missing field `environments`"),
            ("version: 5\nenvironments: {}", "missing field `packages`"),
            ("version: 6\nenvironments: {}", "missing field `packages`"),
            ("version: 7", "missing field `environments`"),
            ("version: 6\nenvironments: []\npackages: []", "`environments`: expected a map, found a sequence"),
            ("version: 6\nenvironments: {a: 1}\npackages: []", "environment 'a': expected a map, found '1'"),
            ("version: 6\nenvironments: {}\npackages: [{name: x}]", "expected at least `conda` or `pypi` field"),
            (
                "version: 7\nenvironments: {}\npackages: [{name: x}]",
                "expected at least `conda`, `conda_source`, or `pypi` field"
            ),
            ("version: 5\nenvironments: {}\npackages: [{name: x}]", "missing field `kind`"),
            ("version: 5\nenvironments: {}\npackages: [{kind: x}]", "unknown variant `x`, expected `conda` or `pypi`"),
            ("- 1", "missing `version` field in lock file"),
        ])
    func structure(_ text: String, _ message: String) {
        #expect { try Sample.read(text) } throws: { "\($0)".contains(message) }
    }

    @Test("an unquoted 1.0 is the text it is [lock 28]") func unquotedVersion() throws {
        let package = try Sample.conda(
            Sample.version6("conda: ./x/foo-1.0-h1_3.conda", "version: 1.0\nsubdir: linux-64\nbuild: 1e5"))
        #expect(package.record.version == "1.0")
        #expect(package.record.build == "1e5")
    }

    @Test("unknown keys are ignored everywhere [lock 29]") func unknownKeys() throws {
        let text = """
            version: 7
            future: {a: [1]}
            platforms:
            - name: linux-64
              color: red
            environments:
              default:
                options: {strategy: nonsense}
                channels:
                - url: https://h/c
                  used_env_vars: []
                  x: 1
                packages:
                  linux-64:
                  - conda: \(Sample.url)
                    x: 1
            packages:
            - conda: \(Sample.url)
              future_field: {deep: [1, {}]}
            """
        #expect(try Sample.conda(text).record.name == "foo")
    }

    @Test("a duplicate key anywhere is an error [lock 30]") func duplicateKey() {
        let text = Sample.version6("conda: \(Sample.url)", "md5: x\nversion: 1\nversion: 2")
        #expect { try Sample.read(text) } throws: { "\($0)".contains("duplicate entry with key \"version\"") }
    }

    @Test("CR LF, tabs in comments, a byte order mark [lock 42]") func lineEnds() throws {
        let text = Sample.version6("conda: \(Sample.url)", "license: MIT\nfeatures: ''")
        let plain = try Sample.conda(text)
        #expect(plain.record.license == "MIT")
        #expect(try Sample.conda(text.replacing("\n", with: "\r\n")) == plain)
        #expect(try Sample.conda("#\ttab\n\(text)\n  #\ttab\n") == plain)
        #expect(try Sample.conda("\u{FEFF}\(text)") == plain)
        #expect(try Sample.conda("---\n\(text)\n...\n") == plain)
    }

    @Test("the lock file is found by directory or by any file beside it [lock 1.1]") func locate() throws {
        let folder = try TemporaryDirectory()
        try folder.write("anything", "")
        #expect(try LockFile.locate(manifest: folder.path) == folder("pixi.lock"))
        #expect(try LockFile.locate(manifest: folder("anything")) == folder("pixi.lock"))
        #expect { try LockFile.locate(manifest: folder("none")) } throws: {
            "\($0)" == "manifest path does not exist at \(folder("none"))"
        }
        try Sys.symlink("loop", at: folder("loop"))
        #expect { try LockFile.locate(manifest: folder("loop")) } throws: {
            "\($0)".hasPrefix("could not read manifest path '\(folder("loop"))': ") && "\($0)".contains("os error 40")
        }
    }

    @Test("what a workspace keeps for later is there") func extras() throws {
        let text = """
            version: 7
            platforms:
            - name: linux-64
              virtual-packages: [__glibc=2.28]
            - name: gpu
              subdir: linux-64
              virtual-packages: [__cuda=12]
            environments:
              default:
                channels:
                - url: https://h/c/
                - url: conda-forge
                indexes: [https://i/simple]
                packages: {gpu: [], linux-64: []}
              other:
                channels: []
                packages: {gpu: []}
            packages: []
            """
        let lock = try Sample.read(text)
        #expect(lock.version == 7)
        #expect(lock.environmentNames == ["default", "other"])
        let environment = try lock.environment(named: "default")
        #expect(environment.channels == ["https://h/c/", "conda-forge"])
        #expect(environment.indexes == ["https://i/simple"])
        #expect(environment.platforms.map(\.name) == ["linux-64", "gpu"])
        #expect(environment.platforms.map(\.virtualPackages) == [["__glibc=2.28"], ["__cuda=12"]])
        #expect(try lock.environment(named: "other").platforms.map(\.name) == ["gpu"])
        #expect(lock.sha256() == SHA256Hasher.hash(text.utf8))
        #expect(lock.directory == ".")
    }

    @Test("broken parts that are not needed do no harm") func unneeded() throws {
        let text = """
            version: 6
            environments:
              default:
                channels: []
                packages:
                  linux-64:
                  - conda: \(Sample.url)
              broken:
                channels: nonsense
                packages:
                  vax-vms: []
                  linux-64:
                  - conda: https://h:x/
            packages:
            - conda: \(Sample.url)
            - conda: https://h:x/broken-1-0.conda
            - conda: https://h/linux-64/b-1-0.conda
              md5: nonsense
              depends: {}
            - pypi: https://h/x.whl
              name: x
              version: nonsense
              requires_dist: ['???']
            """
        #expect(try Sample.conda(text).record.name == "foo")
        #expect { try Sample.read(text).environment(named: "broken") } throws: { "\($0)".contains("`channels`") }
        #expect(throws: Failure.self) { try Sample.read(text).packages(environment: "broken", platform: "linux-64") }
    }

    @Test("errors of packages name the file, the package and the line") func namedErrors() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("pixi.lock", Sample.version6("conda: \(Sample.url)", "size: many"))
        let lock = try LockFile.read(at: path)
        #expect { try lock.packages(environment: "default", platform: "linux-64") } throws: {
            "\($0)" == "could not read lockfile at \(path): package '\(Sample.url)' (line 11): `size`: expected a "
                + "non-negative integer, found 'many'"
        }
    }

    @Test("a location with secrets shows none of them") func secrets() throws {
        let url = "https://u:secret@h/t/secret/linux-64/foo-1-0.conda?sig=secret"
        for text in [Sample.version6("conda: \(url)", "size: x"), Sample.version6("conda: \(url)", entry: "pypi: x")] {
            #expect { try Sample.packages(text) } throws: { !"\($0)".contains("secret") && "\($0)".contains("***") }
        }
    }
}
