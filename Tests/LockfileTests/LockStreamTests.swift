import CondaModel
import Support
import TestKit
import Testing

@testable import Lockfile

@Suite("Large lock files, of which only parts are kept") struct LockStreamTests {
    /// Everything a lock file says, or why it cannot be read.
    private static func description(_ body: () throws -> LockFile) -> [String] {
        do {
            let lock = try body()
            return [lock.sha256().hex]
                + (try lock.environmentNames.flatMap { name in
                    let environment = try lock.environment(named: name)
                    return ["\(environment)"]
                        + environment.platforms.flatMap { platform in
                            do {
                                return try lock.packages(environment: name, platform: platform.name).map { "\($0)" }
                            } catch {
                                return ["\(error)"]
                            }
                        }
                })
        } catch {
            return ["\(error)"]
        }
    }

    /// The documents of the tests, of each version.
    private static let samples: [String] = [
        OtherLockTests.condaLock, OtherLockTests.workspaceLock,
        Sample.version6("conda: \(Sample.url)", "md5: abcdef00112233445566778899aabbcc\nlicense: 'a\n  b'"),
        Sample.version1("name: foo\nversion: '1'\nurl: \(Sample.url)\n\(Sample.hash1)\ndependencies: {a: '>=1'}"),
        """
        version: 5
        environments:
          default:
            channels: []
            packages:
              linux-64:
              - conda: https://h/c/linux-64/a-1-0.conda
              - pypi: https://h/b-1-py3-none-any.whl
        packages:
        # A comment.
        - kind: conda
          name: a
          version: '1'

          url: https://h/c/linux-64/a-1-0.conda
          depends:
          - x >=1
        - kind: conda
          name: a
          version: '1'
          url: https://h/c/linux-64/a-1-0.conda
          purls: []
        - kind: pypi
          name: b
          version: '1'
          url: https://h/b-1-py3-none-any.whl
        # The end.
        other: 1
        """,
        """
        version: 7
        platforms:
        - name: linux-64
        - name: fast
          subdir: linux-64
        environments:
          default:
            channels: []
            packages:
              linux-64:
              - conda: https://h/c/linux-64/a-1-0.conda
              fast:
              - conda: https://h/c/linux-64/a-1-0.conda
              - conda_source: b[abc] @ ./b
        packages:
        - conda: https://h/c/linux-64/a-1-0.conda
          sha256: 39472a3dedf2e05a92015a223b8ecc8c525172123d430b47aed74566a981777b
          run_exports:
            weak:
            - a >=1
        - conda_source: b[abc] @ ./b
          version: '2'
        """,
    ]

    @Test("parts say what the whole says", arguments: samples) func parts(_ text: String) throws {
        let folder = try TemporaryDirectory()
        for text in [text, text.replacing("\n", with: "\r\n"), text + "\n", text.replacing("\n", with: "\n\n")] {
            let path = try folder.write("pixi.lock", text)
            let outline = try #require(try LockOutline.make(File.open(path).slice()))
            #expect(!outline.places.isEmpty)
            let whole = LockStreamTests.description { try LockFile.read(at: path, streamingFrom: .max) }
            #expect(whole.count > 2)
            #expect(LockStreamTests.description { try LockFile.read(at: path, streamingFrom: 0) } == whole)
        }
    }

    @Test("what is not laid out so, or is damaged, is read or refused as a whole is") func damaged() throws {
        let folder = try TemporaryDirectory()
        var generator = SystemRandomNumberGenerator()
        let insertions = [
            "---", "...", "- x", "  - x", "packages:", "a: &x 1", "b: *x", "\tc", "'", "  d: \"", "- {", "# e",
        ]
        var same = 0
        for sample in LockStreamTests.samples {
            for _ in 0..<60 {
                var lines = sample.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                let place = Int.random(in: 0..<lines.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: lines.remove(at: place)
                case 1: lines.insert(insertions.randomElement(using: &generator) ?? "", at: place)
                case 2: lines[place] = " " + lines[place]
                default: lines.insert(lines[place], at: place)
                }
                let path = try folder.write("pixi.lock", lines.joined(separator: "\n"))
                let whole = LockStreamTests.description { try LockFile.read(at: path, streamingFrom: .max) }
                let parts = LockStreamTests.description { try LockFile.read(at: path, streamingFrom: 0) }
                #expect(parts == whole, "\(lines.joined(separator: "\n"))")
                if parts == whole { same += 1 }
            }
        }
        #expect(same == LockStreamTests.samples.count * 60)
    }

    @Test("every lock file of the corpus", .enabled(if: Shared.isPresent, Comment(rawValue: Shared.missing)))
    func corpus() throws {
        for name in try GoldenLocks.names() {
            let path = try GoldenLocks.path(name)
            let whole = LockStreamTests.description { try LockFile.read(at: path, streamingFrom: .max) }
            #expect(LockStreamTests.description { try LockFile.read(at: path, streamingFrom: 0) } == whole, "\(name)")
        }
    }

    @Test("of a large file the entries are not kept, and it must stay as it is") func large() throws {
        let folder = try TemporaryDirectory()
        var text = "version: 6\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64:\n"
        let urls = (0..<320).map { "https://h.example/c/linux-64/package-\($0)-1.0-h\($0)_0.conda" }
        for url in urls.prefix(200) { text += "      - conda: \(url)\n" }
        text += "packages:\n"
        let family = String(repeating: "one of many words ", count: 1000)
        for url in urls { text += "- conda: \(url)\n  license: BSD-3-Clause\n  license_family: \(family)\n" }
        let path = try folder.write("pixi.lock", text)
        #expect(text.utf8.count > 5 << 20)
        let outline = try #require(try LockOutline.make(File.open(path).slice()))
        #expect(outline.places.count == 320)
        #expect(outline.header.count < text.utf8.count / 10)
        let lock = try LockFile.read(at: path)
        #expect(try lock.packages(environment: "default", platform: "linux-64").count == 200)
        #expect(lock.sha256() == SHA256Hasher.hash(Array(text.utf8)))
        try folder.write("pixi.lock", text.replacing("BSD-3-Clause", with: "Apache-2.0, or"))
        #expect { try lock.packages(environment: "default", platform: "linux-64") } throws: {
            "\($0)".contains("it was changed while it was read")
        }
    }
}
