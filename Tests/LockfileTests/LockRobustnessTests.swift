import CondaModel
import Support
import TestKit
import Testing

@testable import Lockfile

@Suite("Damaged and very large lock files") struct LockRobustnessTests {
    /// Reads everything that can be read, as a program that lists all packages would.
    private func readAll(_ source: [UInt8]) {
        guard let lock = try? LockFile(source) else { return }
        for name in lock.environmentNames {
            guard let environment = try? lock.environment(named: name) else { continue }
            for platform in environment.platforms {
                _ = try? lock.packages(environment: name, platform: platform.name)
            }
        }
    }

    private static let tokens: [[UInt8]] = [
        "\n", "  ", "- ", ": ", "'", "\"", "[", "]", "{", "}", "&a", "*a", "|", ">", "#", "\t", "\r", "---\n", "null",
        "~",
        "-1", "99999999999999999999", "1e9", "\u{FEFF}", "é", "https://h:x/", "file:///", "%", "\0", "name", "conda: ",
        "pypi: ", "conda_source: ", "x[1] @ ./y",
    ].map { Array($0.utf8) }

    private func mutate(_ source: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = source
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0..<40, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 3: bytes.removeSubrange(place...)
            case 4: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: place)
            }
        }
        return bytes
    }

    private func seeds() throws -> [[UInt8]] {
        var seeds = [
            Sample.version1("name: foo\nversion: 1\nurl: \(Sample.url)\n\(Sample.hash1)\ndependencies: {a: '>=1'}"),
            Sample.version5(["conda: \(Sample.url)"], "- kind: conda\n  name: foo\n  version: 1\n  url: \(Sample.url)"),
            Sample.version6("conda: \(Sample.url)", "depends:\n- a\ntimestamp: 5\npurls: []\nsize: 1"),
            Sample.version7("conda_source: 'foo[1] @ ./x'", "depends: [a]"),
            Sample.version7("pypi: ./a.whl", "name: a"),
        ].map { Array($0.utf8) }
        if Shared.isPresent {
            for name in try GoldenLocks.names() {
                let source = try Shared.read("data/locks/\(name)")
                if source.count < 20_000 { seeds.append(source) }
            }
        }
        return seeds
    }

    @Test("mutated lock files neither crash nor hang") func mutations() throws {
        var random = SeededGenerator(seed: 20)
        let seeds = try seeds()
        var longest = 0.0
        for _ in 0..<3000 {
            let mutated = mutate(seeds.randomElement(using: &random) ?? [], &random)
            longest = max(longest, CPUTime.measure { readAll(mutated) })
        }
        #expect(longest < 20)
    }

    @Test("both parsers make the same of mutated documents") func parsersAgree() throws {
        var random = SeededGenerator(seed: 7)
        let seeds = try seeds()
        var compared = 0
        for _ in 0..<3000 {
            let mutated = mutate(seeds.randomElement(using: &random) ?? [], &random)
            guard let nodes = try? YAMLBlockScanner.scan(mutated) else { continue }
            compared += 1
            let ours = YAMLTree(text: mutated, nodes: nodes)
            do {
                let library = try YAMLTree(events: mutated)
                let (text, expected) = (YAMLTests.text(ours.root), YAMLTests.text(library.root))
                if text != expected {
                    Issue.record("read differently:\n\(String(decoding: mutated, as: UTF8.self))")
                    return
                }
            } catch {
                Issue.record("the library refuses: \(error)\n\(String(decoding: mutated, as: UTF8.self))")
                return
            }
        }
        #expect(compared > 300)
    }

    /// A lock file of version 6 with `count` packages, all in one environment.
    static func large(_ count: Int) -> [UInt8] {
        var head = "version: 6\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64:\n"
        var packages = "packages:\n"
        for index in 0..<count {
            let url =
                "https://conda.example/main/linux-64/package-\(index)-1.\(index % 50)-h\(index * 7919)_\(index % 4).conda"
            head += "      - conda: \(url)\n"
            packages += """
                - conda: \(url)
                  sha256: 39472a3dedf2e05a92015a223b8ecc8c525172123d430b47aed74566a981777b
                  md5: abcdef00112233445566778899aabbcc
                  depends:
                  - libgcc >=13
                  - package-\(index / 2) >=1,<2.0a0
                  license: MIT
                  size: \(index * 17)
                  timestamp: 1719242059793

                """
        }
        return Array((head + packages).utf8)
    }

    #if DEBUG
    private static let sizes = (small: 100, large: 1000)
    #else
    private static let sizes = (small: 10_000, large: 100_000)
    #endif

    @Test("ten times the packages take ten times the time [lock 43]") func linear() throws {
        func time(_ count: Int) throws -> Double {
            let source = Self.large(count)
            var packages = 0
            let time = try CPUTime.measure {
                packages = try LockFile(source).packages(environment: "default", platform: "linux-64").count
            }
            #expect(packages == count)
            return time
        }
        let small = try min(time(Self.sizes.small), time(Self.sizes.small), time(Self.sizes.small))
        let large = try time(Self.sizes.large)
        // Linear would be 10, quadratic 100; caches and the other core's load take their part.
        #expect(large < small * 20, "\(small) s for \(Self.sizes.small), \(large) s for \(Self.sizes.large)")
        #expect(large < 30)
    }

    @Test("a huge file is refused before it is read") func huge() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("pixi.lock", "version: 6\n")
        let descriptor = try Sys.open(path, 1)
        try Sys.truncate(descriptor, to: YAMLTree.maximumSize + 1)
        try Sys.close(descriptor)
        #expect { try LockFile.read(at: path) } throws: { "\($0)".contains("more than \(YAMLTree.maximumSize)") }
    }
}
