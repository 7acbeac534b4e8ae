import CondaModel
import Support
import Testing

@testable import Install

/// docs/spec/install.md#order.
@Suite struct DependencyOrderTests {
    private func order(_ graph: [(String, [String])], noarch: Set<String> = []) throws -> String {
        let records = graph.map { name, depends in
            var record = PackageRecord(
                name: CondaName(stringLiteral: name), version: "1", build: "0", subdir: "linux-64")
            record.depends = depends
            if noarch.contains(name) { record.noarch = .generic }
            return record
        }
        let orders = try [records, records.reversed()].map { records in
            try DependencyOrder(records).order().map(\.text).joined(separator: " ")
        }
        #expect(orders[0] == orders[1])
        return orders[0]
    }

    @Test("who wins comes last [install 92–94]")
    func orders() throws {
        #expect(try order([("a", []), ("b", []), ("c", [])]) == "c b a")
        #expect(try order([("a", []), ("b", ["a"])]) == "a b")
        #expect(try order([("a", ["b"]), ("b", ["c"]), ("c", [])]) == "c b a")
        #expect(
            try order([("app", ["libx", "liby"]), ("libx", ["base"]), ("liby", ["base"]), ("base", [])])
                == "base liby libx app")
    }

    @Test("cycles are cut [install 95]")
    func cycles() throws {
        #expect(try order([("a", ["b"]), ("b", ["a"])]) == "a b")
        #expect(try order([("a", ["b"]), ("b", ["a"])], noarch: ["a"]) == "b a")
        #expect(try order([("a", ["b"]), ("b", ["c"]), ("c", ["a"])]) == "b a c")
    }

    @Test(
        "the name a dependency begins with [install 96]",
        arguments: ["zz[version='>1']", "ZZ >=1", "zz>=1", "zz", "zz~=1", "zz;x", "zz\t1"])
    func names(_ dependency: String) {
        #expect(DependencyOrder.dependencyName(dependency) == "zz")
    }

    @Test func aLongChainNeedsNoStack() throws {
        let graph = (0..<20_000).map { ("p\($0)", ["p\($0 + 1)"]) }
        #expect(try order(graph).hasSuffix("p1 p0"))
    }
}
