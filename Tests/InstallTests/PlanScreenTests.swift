import Archive
import CondaModel
import Support
import TestKit
import Testing

@testable import Install

/// What is called clear at a glance must be what a plan has no problem with.
@Suite("Problems of a plan at a glance") struct PlanScreenTests {
    private func package(_ name: String, _ paths: [(String, PackagePath.Kind)], noarch: NoArch = .none) throws
        -> OutlinedPackage
    {
        let record = PackageRecord(name: CondaName(stringLiteral: name), version: "1", build: "0", subdir: "linux-64")
        let table = PathTable(try paths.map { try PackagePath(ByteString($0.0), kind: $0.1) })
        return OutlinedPackage(
            record: record, fileName: "\(name)-1-0.conda",
            outline: PackageOutline(name: CondaName(stringLiteral: name), noarch: noarch, table: table, entryPoints: [])
        )
    }

    private func python() throws -> PythonInfo {
        try PythonInfo(PackageRecord(name: "python", version: "3.12.1", build: "0", subdir: "linux-64"))
    }

    /// The problems the plan itself has, and whether all is clear at a glance.
    private func judge(_ packages: [OutlinedPackage]) throws -> (problems: Int, isClear: Bool) {
        let python = try python()
        let sources = try packages.map { try $0.source }
        var builder = PlanBuilder(
            sources: sources, metadata: sources.compactMap(\.kept), python: python, prefix: InstallPlan.nominalPrefix,
            platform: .linux64, overriding: [])
        builder.collectsProblems = true
        try builder.build()
        let isClear = PlanScreen.isClear(packages, wheels: [], python: python, platform: .linux64)
        return (builder.problems.count, isClear)
    }

    @Test("packages that share files, folders and links are clear") func clear() throws {
        let found = try judge([
            package(
                "a", [("bin/x", .hardlink), ("lib/a/b/c", .hardlink), ("lib/a/d", .softlink), ("share", .directory)]),
            package("b", [("bin/x", .hardlink), ("lib/a", .hardlink), ("share/doc", .directory)]),
            package("n", [("site-packages/n.py", .hardlink), ("python-scripts/n", .hardlink)], noarch: .python),
        ])
        #expect(found.problems == 0 && found.isClear)
    }

    @Test("a package whose file is its own folder is not") func contradiction() throws {
        for paths in [
            [("a", .hardlink), ("a/b", .hardlink)], [("a/b/c", .hardlink), ("a/b", .hardlink)],
            [("a", PackagePath.Kind.softlink), ("a", .directory)],
        ] {
            #expect(try !judge([package("p", paths)]).isClear)
        }
        let both: [(String, PackagePath.Kind)] = [
            ("site-packages/x/y", .hardlink), ("lib/python3.12/site-packages/x", .hardlink),
        ]
        #expect(try !judge([package("n", both, noarch: .python)]).isClear)
        #expect(try judge([package("n", both)]).isClear)
    }

    @Test("for random sets of packages nothing is called clear that has a problem") func random() throws {
        var random = SeededGenerator("screen", "1")
        let words = ["a", "b", "a.b", "conda-meta", "x", "__clobbers__", "site-packages", "lib", ".pixi-pack-1"]
        var (clear, withProblems) = (0, 0)
        for _ in 0..<600 {
            let packages = try (0..<Int.random(in: 1...3, using: &random)).map { number in
                let paths = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    let depth = Int.random(in: 1...3, using: &random)
                    let name = (0..<depth).map { _ in words[Int.random(in: 0..<words.count, using: &random) / 2] }
                    let kinds: [PackagePath.Kind] = [.hardlink, .hardlink, .softlink, .directory]
                    return (name.joined(separator: "/"), kinds[Int.random(in: 0..<4, using: &random)])
                }
                return try package(
                    "p\(number)", paths, noarch: Bool.random(using: &random) ? .python : .none)
            }
            let (problems, isClear) = try judge(packages)
            if problems > 0 { withProblems += 1 }
            if isClear { clear += 1 }
            #expect(!isClear || problems == 0)
        }
        #expect(clear > 50 && withProblems > 50, "\(clear) \(withProblems)")
    }

    @Test("paths chosen to have meeting hashes make it doubt, not slow") func crowded() {
        var hashes = PathHashes()
        hashes.reset(capacity: 1000)
        for number in 0..<1000 { _ = hashes.insert(UInt64(number) << 40 | 1) }
        #expect(hashes.isCrowded)
    }
}
