import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-conflicts: several packages with one path.
@Suite struct UnpackConflictTests {
    let pack: PackUnderTest

    init() throws { pack = try PackUnderTest() }

    private func add(
        _ name: String, _ paths: [String], depends: [String] = [], noarch: String? = nil, placeholder: String? = nil
    ) throws {
        var package = CondaBuilder(name, noarch: noarch)
        for path in paths { package.file(path, "\(name) PLACE", placeholder: placeholder) }
        try pack.add(package, depends: depends)
    }

    @Test("of independent packages the first name wins [install 92]")
    func case92() throws {
        for name in ["a", "b", "c"] { try add(name, ["share/f"]) }
        let environment = try pack.unpack()
        #expect(try environment.text("share/f") == "a PLACE")
        #expect(try environment.text("__clobbers__/b/share/f") == "b PLACE")
        let entry = try #require(try environment.entry("__clobbers__/c/share/f", of: "c-1.0-0"))
        #expect(entry["original_path"]?.string == "share/f")
        #expect(try environment.entry("share/f", of: "a-1.0-0")?["original_path"] == nil)
        #expect(try environment.list("__clobbers__") == ["b", "c"])
        #expect(pack.messages.all.contains { $0.hasPrefix("1 path is in more than one package") })
        #expect(pack.messages.all.contains("'share/f' is that of a, not of b, c."))
    }

    @Test("the dependent wins [install 93, 96]", arguments: ["a", "A >=1", "a[version='>1']", "a>=1"])
    func case93(_ dependency: String) throws {
        try add("a", ["f"])
        try add("b", ["f"], depends: [dependency])
        #expect(try pack.unpack().text("f") == "b PLACE")
    }

    @Test("along a chain the first wins [install 94]")
    func case94() throws {
        try add("a", ["f"], depends: ["b"])
        try add("b", ["f"], depends: ["c"])
        try add("c", ["f"])
        #expect(try pack.unpack().text("f") == "a PLACE")
    }

    @Test("equal contents are a conflict too [install 97]")
    func case97() throws {
        for name in ["a", "b"] {
            var package = CondaBuilder(name)
            package.file("f", "same")
            try pack.add(package)
        }
        #expect(try pack.unpack().text("__clobbers__/b/f") == "same")
    }

    @Test("what lost is patched too [install 98]")
    func case98() throws {
        for name in ["a", "b"] { try add(name, ["f"], placeholder: "PLACE") }
        let environment = try pack.unpack()
        #expect(try environment.text("__clobbers__/b/f") == "b \(environment.path)")
    }

    @Test("conflicts are about the mapped path [install 99]")
    func case99() throws {
        try pack.addPython()
        try add("arch", ["lib/python3.12/site-packages/m.py"])
        try add("pure", ["site-packages/m.py"], noarch: "python")
        let environment = try pack.unpack()
        #expect(try environment.text("lib/python3.12/site-packages/m.py") == "arch PLACE")
        #expect(try environment.exists("__clobbers__/pure/lib/python3.12/site-packages/m.py"))
    }

    @Test("a file against a folder, the file's package winning [install 100]", arguments: [1, 2, 16])
    func case100File(_ jobs: Int) throws {
        try add("a", ["x"])
        try add("b", ["x/y", "x/z/w"])
        try add("c", ["x"])
        let environment = try pack.unpack { $0.jobs = jobs }
        #expect(try environment.text("x") == "a PLACE")
        #expect(try environment.exists("__clobbers__/b/x/y") && environment.exists("__clobbers__/b/x/z/w"))
        #expect(try environment.exists("__clobbers__/c/x"))
    }

    @Test("a file against a folder, the folder's package winning [install 100]", arguments: [1, 2, 16])
    func case100Folder(_ jobs: Int) throws {
        try add("a", ["x/y"])
        try add("b", ["x"])
        let environment = try pack.unpack { $0.jobs = jobs }
        #expect(try environment.text("x/y") == "a PLACE")
        #expect(try environment.files("b-1.0-0") == ["__clobbers__/b/x"])
    }

    @Test("two packages of one name are an error [install 101]")
    func case101() throws {
        try pack.add(CondaBuilder("a"))
        try pack.add(CondaBuilder("a", version: "2.0"))
        #expect(try pack.failure().contains("two packages named 'a': 'a-1.0-0.conda' and 'a-2.0-0.conda'"))
    }

    @Test(
        "names a package may not ship [install 4.5]",
        arguments: [
            "conda-meta/x.json", "__clobbers__/a/f", "conda-meta/x.JSON/y", "conda-meta/.pixi-pack-environment",
            "conda-meta/.pixi-pack-removing", "conda-meta/pixi-pack-contents", "Conda-Meta/.Pixi-Pack-update",
            "conda-meta/history/x", "conda-meta/HISTORY", "share/.pixi-pack.partial-abcdefghij",
        ])
    func reserved(_ path: String) throws {
        try add("a", [path])
        #expect(try pack.failure().contains("whose place is reserved"))
    }

    @Test("CACHEDIR.TAG and history of a package [install 4.5]")
    func shipped() throws {
        try add("a", ["CACHEDIR.TAG", "conda-meta/history"])
        let environment = try pack.unpack()
        #expect(try environment.text("CACHEDIR.TAG") == "a PLACE")
        #expect(try environment.text("conda-meta/history").hasPrefix("// not relevant"))
    }
}
