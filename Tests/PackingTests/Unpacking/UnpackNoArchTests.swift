import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-noarch: noarch packages and entry points.
@Suite struct UnpackNoArchTests {
    let pack: PackUnderTest

    init() throws { pack = try PackUnderTest() }

    private func tool(_ entryPoints: String = "", noarch: String? = "python", type: String = "python") -> CondaBuilder {
        var package = CondaBuilder("tool", noarch: noarch)
        package.file("site-packages/tool.py", "x")
        package.file("python-scripts/own", "own")
        package.file("site-packagesX/y", "y")
        package.info.file(
            "info/link.json",
            #"{"noarch": {"type": "\#(type)", "entry_points": [\#(entryPoints)]}, "package_metadata_version": 1}"#)
        return package
    }

    @Test("index.json decides; no byte code is made [install 76, 86, 90]")
    func case76() throws {
        try pack.add(tool())
        try pack.addPython()
        let environment = try pack.unpack()
        #expect(
            try environment.files("tool-1.0-0") == [
                "bin/own", "lib/python3.12/site-packages/tool.py", "site-packagesX/y",
            ])
        #expect(try environment.record("tool-1.0-0")["noarch"] == nil)
        #expect(try environment.mode("bin/own") == 0o644)
        #expect(try environment.list("lib/python3.12/site-packages") == ["tool.py"])
    }

    @Test("the record's noarch alone changes no path [install 77]")
    func case77() throws {
        try pack.add(tool(noarch: nil), record: ["noarch": "\"python\""])
        let environment = try pack.unpack()
        #expect(try environment.exists("site-packages/tool.py"))
        #expect(try environment.record("tool-1.0-0")["noarch"]?.string == "python")
    }

    @Test("without python a noarch python package fails [install 78]")
    func case78() throws {
        try pack.add(tool())
        #expect(try pack.failure().contains("the pack has no package 'python'"))
    }

    @Test("a python version without a minor number fails [install 79]")
    func case79() throws {
        try pack.addPython("3")
        #expect(try pack.failure().contains("no version of the form X.Y"))
    }

    @Test("python_site_packages_path is used [install 80]")
    func case80() throws {
        try pack.add(tool("\"t = t:m\""))
        try pack.addPython("3.13.1", ["python_site_packages_path": "\"lib/python3.13t/site-packages\""])
        let environment = try pack.unpack()
        #expect(try environment.exists("lib/python3.13t/site-packages/tool.py"))
        #expect(try environment.text("bin/t").hasPrefix("#!\(environment.path)/bin/python3.13\n"))
    }

    @Test("a site-packages path that leaves the environment [install 81]", arguments: ["../x", "/x"])
    func case81(_ path: String) throws {
        try pack.addPython("3.13.1", ["python_site_packages_path": "\"\(path)\""])
        #expect(try pack.failure().contains("python_site_packages_path"))
    }

    @Test("scripts in the environment, with the umask's mode [install 82, 84]")
    func case82() throws {
        try pack.add(tool(#""tool = tool:main", "attr=tool:A.b""#))
        try pack.addPython()
        let environment = try pack.unpack()
        #expect(try environment.mode("bin/tool") == 0o755)
        #expect(try environment.text("bin/attr").contains("from tool import A\n"))
        let entry = try #require(try environment.entry("bin/tool", of: "tool-1.0-0"))
        #expect(entry["path_type"]?.string == "unix_python_entry_point")
        #expect(try entry["sha256"]?.string == SHA256Hasher.hash(environment.bytes("bin/tool")).hex)
    }

    @Test("malformed entry points [install 85]", arguments: ["../x = a:b", "x = a", "x = a:1b", ".x = a:b"])
    func case85(_ text: String) throws {
        try pack.add(tool("\"\(text)\""))
        try pack.addPython()
        #expect(try pack.failure().contains("invalid entry point"))
    }

    @Test("link.json of another type has no entry points [install 87]")
    func case87() throws {
        try pack.add(tool("\"t = t:m\"", type: "generic"))
        try pack.addPython()
        #expect(try !pack.unpack().exists("bin/t"))
    }

    @Test("an entry point replaces the package's own file; both are recorded [install 88]")
    func case88() throws {
        try pack.add(tool("\"own = tool:main\""))
        try pack.addPython()
        let environment = try pack.unpack()
        #expect(
            try environment.text("bin/own").contains("from tool import main") && environment.mode("bin/own") == 0o755)
        let rows = try #require(try environment.record("tool-1.0-0")["paths_data"]?["paths"]?.elements)
        #expect(
            rows.filter { $0["_path"]?.string == "bin/own" }.map { $0["path_type"]?.string }
                == ["hardlink", "unix_python_entry_point"])
    }

    @Test("an entry point wins against another package's file [install 89]", arguments: [1, 2, 16])
    func case89(_ jobs: Int) throws {
        try pack.add(tool("\"clash = tool:main\""))
        var other = CondaBuilder("zz")
        other.file("bin/clash", "file")
        try pack.add(other)
        try pack.addPython()
        let environment = try pack.unpack { $0.jobs = jobs }
        #expect(try environment.text("bin/clash").contains("from tool import main"))
        #expect(try environment.files("zz-1.0-0") == ["bin/clash"])
    }

    @Test("link scripts and menus are placed and nothing more [install 91]")
    func case91() throws {
        var package = CondaBuilder("p")
        package.file("bin/.p-post-link.sh", "touch $PREFIX/ran\n")
        package.file("Menu/p.json", "{}")
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.exists("bin/.p-post-link.sh") && environment.exists("Menu/p.json"))
        #expect(try !environment.exists("ran"))
        #expect(try environment.record("p-1.0-0")["installed_system_menus"] == nil)
    }
}
