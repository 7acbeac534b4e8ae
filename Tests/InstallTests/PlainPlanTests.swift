import Archive
import CondaModel
import Support
import TestKit
import Testing

@testable import Install

/// A plan that was made at a glance must be the plan.
@Suite("Plans made at a glance") struct PlainPlanTests {
    private func source(_ name: String, _ paths: [(String, PackagePath.Kind)], noarch: NoArch = .none) throws
        -> PackageSource
    {
        let record = PackageRecord(name: CondaName(stringLiteral: name), version: "1", build: "0", subdir: "linux-64")
        let table = PathTable(try paths.map { try PackagePath(ByteString($0.0), kind: $0.1) })
        let package = OutlinedPackage(
            record: record, fileName: "\(name)-1-0.conda",
            outline: PackageOutline(name: CondaName(stringLiteral: name), noarch: noarch, table: table, entryPoints: [])
        )
        return try package.source
    }

    /// What a plan says, in text.
    private struct Described: Equatable {
        var paths: [String]
        var directories: [PrefixPath]
        var shipsCacheTag: Bool
    }

    private func describe(_ plans: [PackagePlan]) -> [String] {
        plans.flatMap { plan in
            plan.paths.enumerated().map { index, path in
                "\(plan.source.record.name): \(path.path.source) \(path.path.kind) to \(path.target) \(path.lost as Any) "
                    + "\(path.isOverridden) as \(plan.paths.recorded(index))"
            }
        }
    }

    private func make(_ sources: [PackageSource], overriding: Set<PrefixPath>) throws -> (
        plain: Described?, exact: Described?
    ) {
        let python = try PythonInfo(PackageRecord(name: "python", version: "3.12.1", build: "0", subdir: "linux-64"))
        let metadata = sources.compactMap(\.kept)
        let plain = try PlainPlan.make(
            Array(zip(sources, metadata)), python: python, for: .init(prefix: "/opt/env", platform: .linux64),
            overriding: overriding, pool: WorkerPool(width: 2))
        var builder = PlanBuilder(
            sources: sources, metadata: metadata, python: python, prefix: "/opt/env", platform: .linux64,
            overriding: overriding)
        let isBuilt = (try? builder.build()) != nil
        return (
            plain.map {
                Described(
                    paths: describe($0.plans), directories: $0.directories.sorted(), shipsCacheTag: $0.shipsCacheTag)
            },
            isBuilt
                ? Described(
                    paths: describe(builder.plans.compactMap { $0 }), directories: builder.claims.directories.sorted(),
                    shipsCacheTag: builder.shipsCacheTag) : nil
        )
    }

    @Test("packages that are not in each other's way have one") func plain() throws {
        let found = try make(
            [
                source(
                    "a",
                    [("bin/x", .hardlink), ("lib/a/b/c", .hardlink), ("lib/a/d", .softlink), ("share", .directory)]),
                source("b", [("bin/y", .hardlink), ("CACHEDIR.TAG", .hardlink), ("share/doc", .directory)]),
                source("n", [("site-packages/n.py", .hardlink), ("python-scripts/n", .hardlink)], noarch: .python),
            ], overriding: [try PrefixPath("bin/n"), try PrefixPath("bin/other")])
        #expect(found.plain != nil && found.plain == found.exact)
        #expect(found.plain?.paths.last?.contains("to bin/n nil true") == true)
        #expect(found.plain?.shipsCacheTag == true)
    }

    @Test("packages that share a path have none") func shared() throws {
        #expect(
            try make([source("a", [("x", .hardlink)]), source("b", [("x", .hardlink)])], overriding: []).plain == nil)
        #expect(try make([source("a", [("x", .hardlink), ("x", .hardlink)])], overriding: []).plain == nil)
        #expect(
            try make([source("a", [("x", .hardlink)]), source("b", [("x/y", .hardlink)])], overriding: []).plain == nil)
        #expect(
            try make([source("a", [("x/y", .hardlink)]), source("b", [("x", .hardlink)])], overriding: []).plain == nil)
        #expect(try make([source("a", [("x/y", .hardlink)])], overriding: [try PrefixPath("x")]).plain == nil)
        #expect(try make([source("a", [("x", .hardlink)])], overriding: [try PrefixPath("x/y")]).plain == nil)
        #expect(try make([source("a", [("./x", .hardlink)])], overriding: []).plain == nil)
        #expect(try make([source("a", [("conda-meta/x.json", .hardlink)])], overriding: []).plain == nil)
    }

    @Test("for random sets of packages it is what the exact way makes") func random() throws {
        var random = SeededGenerator("plain plan", "1")
        let words = [
            "a", "b", "a.b", "conda-meta", "x", "__clobbers__", "site-packages", "lib", ".pixi-pack-1", "c", "d",
        ]
        var (plain, special) = (0, 0)
        for _ in 0..<1500 {
            let sources = try (0..<Int.random(in: 1...3, using: &random)).map { number in
                let paths = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    let depth = Int.random(in: 1...3, using: &random)
                    let name = (0..<depth).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
                    let kinds: [PackagePath.Kind] = [.hardlink, .hardlink, .softlink, .directory]
                    return (name.joined(separator: "/"), kinds[Int.random(in: 0..<4, using: &random)])
                }
                return try source("p\(number)", paths, noarch: Bool.random(using: &random) ? .python : .none)
            }
            let overriding: Set<PrefixPath> =
                Bool.random(using: &random) ? [] : [try PrefixPath("a/x"), try PrefixPath("c")]
            let found = try make(sources, overriding: overriding)
            if let described = found.plain {
                plain += 1
                #expect(described == found.exact)
            } else {
                special += 1
            }
        }
        #expect(plain > 100 && special > 100, "\(plain) \(special)")
    }
}
