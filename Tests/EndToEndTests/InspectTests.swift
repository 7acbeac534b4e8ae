import Support
import TestKit
import Testing

@Suite("inspect")
final class InspectTests: ShellSuite {
    /// Packs a workspace with a library, an application in the old form, and a wheel.
    private func pack(_ name: String, library: String = "1.0") throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "workspace-\(name)")
        var lib = CondaBuilder("lib", version: library)
        lib.file("lib/libx.so", [UInt8](repeating: 7, count: 3000))
        lib.symlink("lib/libx.so.1", to: "libx.so")
        try workspace.conda("lib-\(library)-0.conda", lib.conda())
        var app = CondaBuilder("app", depends: ["lib"])
        app.file("bin/app", "#!/bin/sh\n", mode: 0o755)
        let archive = app.tarBz2()
        try directory.write("workspace-\(name)/app-1.0-0.tar.bz2", archive)
        workspace.add(
            "conda", "./app-1.0-0.tar.bz2",
            ["subdir: linux-64", "sha256: \(SHA256Hasher.hash(archive).hex)", "depends:", "- lib"])
        var wheel = WheelBuilder("tool", "2.0")
        wheel.metadata = .text("Metadata-Version: 2.4\nName: tool\nVersion: 2.0\nLicense-Expression: MIT\n")
        wheel.add("tool.py", "x = 1\n")
        try workspace.wheel(
            "tool-2.0-py3-none-any.whl", wheel.archive { "sha256=" + SHA256Hasher.hash($0).hex }, name: "tool",
            version: "2.0")
        try workspace.write()
        let outcome = try shell("\"$pack\" -q --no-config --no-plan-check -p linux-64 -o \(name).tar workspace-\(name)")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("the table: sizes from the packages' own lists, plain in a pipe") func table() throws {
        try pack("a")
        let outcome = try shell("\"$pack\" inspect a.tar")
        #expect(outcome.errors == "")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("default for linux-64: 3 packages, ") == true)
        #expect(lines[1].hasPrefix("made by: pixi-pack ") && lines[2].hasPrefix("lock file: sha256 "))
        // The pack has a wheel and no pip.
        #expect(lines.last?.contains("conda and micromamba cannot install the wheel") == true)
        let table = Array(lines.dropFirst(3).dropLast())
        #expect(
            table.map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
                "Name Version Build", "app 1.0 0", "lib 1.0 0", "tool 2.0 wheel",
            ])
        #expect(table.count > 2 && table[1].contains("10 B") && table[2].contains("2.93 KiB"))
        #expect(table.last?.hasSuffix("MIT") == true)
        #expect(!outcome.output.contains("█") && !outcome.output.contains("\u{1B}"))
        #expect(try shell("\"$pack\" inspect - < a.tar").output == outcome.output)
    }

    @Test("the largest first") func sorted() throws {
        try pack("a")
        let output = try shell("\"$pack\" inspect --sort installed a.tar").output
        let names = output.split(separator: "\n").dropFirst(4).dropLast().compactMap { $0.split(separator: " ").first }
        #expect(names.first == "lib" && names.last == "app")
    }

    @Test("tree, licences and files of a package") func views() throws {
        try pack("a")
        let tree = try shell("\"$pack\" inspect --tree a.tar").output
        #expect(tree.contains("app 1.0  10 B\n└─ lib 1.0  2.93 KiB\ntool 2.0  "))
        let licenses = try shell("\"$pack\" inspect --licenses a.tar").output
        #expect(licenses.hasSuffix("MIT (1)\n  tool 2.0\n\nno licence given (2)\n  app 1.0\n  lib 1.0\n"))
        let grouped = try JSONDocument(shell("\"$pack\" inspect --licenses --json a.tar").outputBytes).root
        #expect(grouped["licenses"]?.elements?.count == 2)
        #expect(
            try shell("\"$pack\" inspect --files lib a.tar").output
                == "2.93 KiB  lib/libx.so\n    link  lib/libx.so.1\n2 files, 2.93 KiB\n")
        let files = try JSONDocument(shell("\"$pack\" inspect --files tool --json a.tar").outputBytes).root
        #expect(files["files"]?.elements?.contains { $0["path"]?.string == "tool.py" } == true)
    }

    @Test("a folder, a self-extracting pack and its own JSON say the same") func forms() throws {
        try pack("a")
        let json = try shell("\"$pack\" inspect --json a.tar").output
        let root = try JSONDocument(Array(json.utf8)).root
        #expect(root["inventory"]?.int64 == 1)
        #expect(root["packages"]?.elements?.compactMap { $0["name"]?.string } == ["app", "lib", "tool"])
        try directory.write("a.json", json)
        #expect(try shell("mkdir d && tar -xf a.tar -C d && \"$pack\" inspect --json d").output == json)
        #expect(try shell("\"$pack\" inspect --json a.json").output == json)
    }

    @Test("a difference: what changed, and the bytes to ship") func difference() throws {
        try pack("a")
        try pack("b", library: "1.1")
        let output = try shell("\"$pack\" inspect a.tar --diff b.tar").output
        #expect(output.hasPrefix("~ lib  1.0 0 → 1.1 0  "))
        #expect(output.contains("\n0 added, 0 removed, 1 changed, 2 the same\nto ship: "))
        let root = try JSONDocument(shell("\"$pack\" inspect a.tar --diff b.tar --json").outputBytes).root
        #expect(root["changed"]?.elements?.compactMap { $0["name"]?.string } == ["lib"])
        #expect(root["bytes-to-ship"]?.int64 != nil)
        let none = try shell("\"$pack\" inspect a.tar --diff a.tar").output
        #expect(none.hasPrefix("0 added, 0 removed, 0 changed, 3 the same\n"))
    }

    @Test("wrong arguments, and what is not there") func errors() throws {
        try pack("a")
        let both = try shell("\"$pack\" inspect --tree --licenses a.tar")
        #expect(both.status == 2)
        #expect(both.errors.hasPrefix("Error: --tree and --licenses cannot be used together\n"))
        let package = try shell("\"$pack\" inspect --files nothing a.tar")
        #expect(package.hasFailed)
        #expect(
            package.errors == """
                Error: there is no package 'nothing' in 'a.tar'
                Hint: 'pixi-unpack inspect' lists the packages of a pack.

                """)
        let missing = try shell("\"$pack\" inspect nowhere.tar")
        #expect(missing.hasFailed)
        #expect(missing.errors.hasPrefix("Error: could not open pack 'nowhere.tar': "))
        try directory.write("other.json", "{}")
        let json = try shell("\"$pack\" inspect other.json")
        #expect(
            json.errors == """
                Error: 'other.json' is no list of packages: no number `inventory`
                Hint: Make it with 'pixi-unpack inspect --json PACK'.

                """)
        let plain = try shell("\"$pack\" inspect --environment test a.tar")
        #expect(plain.errors.hasPrefix("Error: the pack 'a.tar' holds the environment 'default', not 'test'"))
    }

    @Test("a bundle: every environment, or one") func bundle() throws {
        try pack("a")
        let made = try shell("\"$pack\" -q --no-config --no-plan-check -p linux-64 --bundle -o b.tar workspace-a")
        #expect(made.status == 0, "\(made.errors)")
        let json = try JSONDocument(shell("\"$pack\" inspect --json b.tar").outputBytes).root
        #expect(json["packages"]?.elements?.count == 3)
        let wrong = try shell("\"$pack\" inspect --environment x b.tar")
        #expect(
            wrong.errors.hasPrefix(
                "Error: the bundle 'b.tar' has no environment 'x'; it holds default (linux-64)"))
    }
}
