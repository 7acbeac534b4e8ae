import CondaModel
import Support
import Testing

@testable import Inventory

/// Short ways to packages.
enum Make {
    static func conda(
        _ name: String, _ version: String = "1.0", build: String = "0", size: Int64? = 1000,
        depends: [String] = [], noarch: Bool = false, license: String? = nil
    ) throws -> Inventory.Item {
        let path = "channel/linux-64/\(name)-\(version)-\(build).conda"
        var item = Inventory.Item(
            name: .conda(try CondaName(name)), version: version, path: try RelativePath(ByteString(path)))
        item.build = build
        item.subdir = noarch ? "noarch" : "linux-64"
        item.isForAnyPython = noarch
        item.size = size
        item.depends = depends
        item.license = license
        item.sha256 = SHA256Hasher.hash(Array(path.utf8))
        return item
    }

    static func wheel(
        _ name: String, _ version: String = "1.0", depends: [String] = []
    ) throws -> Inventory.Item {
        let path = "pypi/\(name)-\(version)-py3-none-any.whl"
        var item = Inventory.Item(
            name: .pypi(try PyPIName(name)), version: version, path: try RelativePath(ByteString(path)))
        item.size = 100
        item.depends = depends
        return item
    }

    static func inventory(_ items: [Inventory.Item]) -> Inventory {
        Inventory(environment: "default", platform: .linux64, items: items)
    }
}

@Suite("Inventories") struct InventoryTests {
    @Test("an inventory survives its JSON") func json() throws {
        var python = try Make.conda("python", "3.12.1", license: "Python-2.0")
        python.installedSize = 5000
        python.purls = []
        python.md5 = MD5Digest(hex: "00112233445566778899aabbccddeeff")
        python.location = "https://example.invalid/x"
        var inventory = Make.inventory([try Make.wheel("w", depends: ["python"]), python])
        inventory.otherSize = 77
        var writer = JSONWriter()
        writer.object { inventory.writeMembers(to: &$0) }
        #expect(try Inventory(json: JSONDocument(writer.bytes).root) == inventory)
    }

    @Test(
        "what is wrong with an inventory is said",
        arguments: [
            ("{}", "no number `inventory`"),
            (#"{"inventory": 2}"#, "it is a list of form 2, this program reads form 1"),
            (#"{"inventory": 1}"#, "no string `platform`"),
            (#"{"inventory": 1, "platform": "linux-64"}"#, "no list `packages`"),
            (#"{"inventory": 1, "platform": "linux-64", "packages": [{}]}"#, "package 1: no string `kind`"),
            (
                #"{"inventory": 1, "platform": "linux-64", "packages": [{"kind": "x"}]}"#,
                "package 1: unknown `kind` 'x'"
            ),
            (
                #"{"inventory": 1, "platform": "linux-64", "packages": [{"kind": "conda", "name": "a", "version": "1", "file": "../a"}]}"#,
                "package 1: unsafe path '../a': it contains '..'"
            ),
        ])
    func broken(_ text: String, _ message: String) throws {
        let root = try JSONDocument(Array(text.utf8)).root
        let error = #expect(throws: Failure.self) { _ = try Inventory(json: root) }
        #expect(error?.description == message)
    }

    @Test("packages by licence: the most frequent first, none given last") func licenses() throws {
        let inventory = Make.inventory([
            try Make.conda("a", license: "MIT"), try Make.conda("b"), try Make.conda("c", license: "MIT"),
            try Make.conda("d", license: "BSD-3-Clause"),
        ])
        #expect(inventory.byLicense.map(\.license) == ["MIT", "BSD-3-Clause", nil])
        #expect(inventory.byLicense.first?.items.map(\.name.text) == ["a", "c"])
    }

    @Test("dependencies: conda by name, wheels by requirement, markers and extras") func graph() throws {
        let inventory = Make.inventory([
            try Make.conda("python", "3.12.1", depends: ["libffi >=3", "__glibc >=2.17"]),
            try Make.conda("libffi"), try Make.conda("numpy", depends: ["python >=3.12,<3.13.0a0"]),
            try Make.wheel("app", depends: ["numpy>1", "tool[fast]", "old; python_version < '3'"]),
            try Make.wheel("tool", depends: ["speed; extra == 'fast'", "slow; extra == 'slow'"]),
            try Make.wheel("speed"), try Make.wheel("slow"), try Make.wheel("old"),
        ])
        let graph = DependencyGraph(inventory)
        func needs(_ name: String) throws -> [String] {
            let place = try #require(inventory.items.firstIndex { $0.name.text == name })
            return graph.dependencies[place].map { inventory.items[$0].name.text }
        }
        #expect(try needs("python") == ["libffi"])
        #expect(try needs("app") == ["numpy", "tool"])
        #expect(try needs("tool") == ["speed"])
        #expect(try needs("numpy") == ["python"])
        #expect(graph.roots.map { inventory.items[$0].name.text } == ["app", "old", "slow"])
    }

    @Test("the tree shows what a package needs once, and circles end") func tree() throws {
        let inventory = Make.inventory([
            try Make.conda("a", depends: ["b", "c"]), try Make.conda("b", depends: ["d"]),
            try Make.conda("c", depends: ["b"]), try Make.conda("d"),
            try Make.conda("x", depends: ["y"]), try Make.conda("y", depends: ["x"]),
        ])
        let tree = DependencyTree(DependencyGraph(inventory))
        let text = tree.lines.map { $0.branches + inventory.items[$0.item].name.text + ($0.isRepeated ? " (*)" : "") }
        #expect(text == ["a", "├─ b", "│  └─ d", "└─ c", "   └─ b (*)", "x", "└─ y", "   └─ x (*)"])
    }

    @Test("a difference: added, removed, changed, the same, and what is to ship") func difference() throws {
        let old = Make.inventory([try Make.conda("a"), try Make.conda("b"), try Make.conda("c")])
        var new = Make.inventory([try Make.conda("a"), try Make.conda("b", "2.0"), try Make.conda("d", size: 513)])
        new.otherSize = 512
        let difference = InventoryDifference(from: old, to: new)
        #expect(difference.changes.map(\.name) == ["b", "c", "d"])
        #expect(difference.same == 1)
        #expect(difference.shipped.map(\.name.text) == ["b", "d"])
        #expect(difference.bytesToShip == 512 + 1024 + (512 + 1024) + (512 + 1024))
    }

    @Test("another Python: what is for any Python is shipped again") func python() throws {
        let modules = [try Make.conda("pure", noarch: true), try Make.wheel("w"), try Make.conda("lib")]
        let old = Make.inventory(modules + [try Make.conda("python", "3.12.9")])
        func shipped(_ python: String) throws -> [String] {
            InventoryDifference(from: old, to: Make.inventory(modules + [try Make.conda("python", python)]))
                .shipped.map(\.name.text)
        }
        #expect(try shipped("3.12.10") == ["python"])
        #expect(try shipped("3.13.0") == ["pure", "python", "w"])
    }

    @Test("a package of the same name and version with another hash is another one") func rebuilt() throws {
        let old = Make.inventory([try Make.conda("a")])
        var item = try Make.conda("a")
        item.sha256 = SHA256Hasher.hash([1])
        #expect(InventoryDifference(from: old, to: Make.inventory([item])).shipped.map(\.name.text) == ["a"])
        item.sha256 = nil
        #expect(InventoryDifference(from: old, to: Make.inventory([item])).shipped.isEmpty)
    }
}
