import Support
import TestKit
import Testing

@Suite("pixi-pack --dry-run")
final class ForecastTests: ShellSuite {
    override init() throws {
        try super.init()
        var workspace = WorkspaceBuilder(in: directory)
        var lib = CondaBuilder("lib")
        lib.file("lib/libx.so", "xxxx")
        try workspace.conda("lib-1.0-0.conda", lib.conda())
        try workspace.wheel("tool-2.0-py3-none-any.whl", [1, 2, 3], name: "tool", version: "2.0")
        workspace.add(
            "conda", "https://user:secret@127.0.0.1:9/t/token/c/linux-64/far-1.0-0.conda",
            ["sha256: \(String(repeating: "a", count: 64))", "size: 2048"])
        try workspace.write()
    }

    @Test("what would be fetched, from where, and the output; nothing is written") func text() throws {
        let before = try Sys.list(directory.path).sorted()
        let outcome = try shell(
            "\"$pack\" --no-config --dry-run -p linux-64 --use-cache cache workspace")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("local  lib-1.0-0.conda") && $0.hasSuffix("lib-1.0-0.conda") })
        #expect(
            lines.contains(
                "fetch  far-1.0-0.conda            2.00 KiB  https://***@127.0.0.1:9/t/***/c/linux-64/far-1.0-0.conda"),
            "\(outcome.output)")
        #expect(lines.dropLast().last?.hasPrefix("default for linux-64: 1 to fetch (2.00 KiB), 2 local (") == true)
        #expect(lines.last?.hasPrefix("would write environment.tar (") == true)
        #expect(!outcome.output.contains("secret") && !outcome.output.contains("token"))
        #expect(try Sys.list(directory.path).sorted() == before)
    }

    @Test(
        "the size it foretells is the pack's, in each form",
        arguments: [
            "-o out.tar", "--create-executable --pixi-unpack-source program -o out.sh", "--compat original -o out.tar",
            "--bundle -o out.tar",
        ])
    func size(_ options: String) throws {
        let remove = "sed -i -e '/^      - conda: https/d' -e '/^- conda: https/,/size: 2048/d' workspace/pixi.lock"
        #expect(try shell(remove).status == 0)
        try directory.write("program", FakeProgram.elf(machine: 62, name: "--run-self-extracting-pack-1"))
        let pack = "\"$pack\" -q --no-config --no-plan-check -p linux-64 \(options) workspace"
        let outcome = try shell("\(pack) --dry-run --json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let json = try JSONDocument(outcome.outputBytes).root
        #expect(json["size-is-exact"]?.bool == true)
        let made = try shell(pack)
        #expect(made.status == 0, "\(made.errors)")
        let output = try #require(json["output"]?.string)
        #expect(try json["size"]?.int64 == Int64(Sys.stat(directory(output)).st_size))
    }

    @Test("JSON: files with origin and place") func json() throws {
        let outcome = try shell("\"$pack\" --no-config --dry-run --json --offline -p linux-64 workspace")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let json = try JSONDocument(outcome.outputBytes).root
        #expect(json["output"]?.string == "environment.tar")
        let files = try #require(json["files"]?.elements).map { $0 }
        #expect(files.compactMap { $0["from"]?.string }.sorted() == ["local", "local", "missing"])
        #expect(json["bytes-to-fetch"]?.int64 == 0)
        #expect(json["environments"]?.elements?.first { _ in true }?["platform"]?.string == "linux-64")
    }

    @Test("what a cache has is not fetched") func cached() throws {
        try directory.write("cache/linux-64/far-1.0-0.conda", [UInt8](repeating: 0, count: 2048))
        let outcome = try shell("\"$pack\" --no-config --dry-run -p linux-64 --use-cache cache workspace")
        #expect(outcome.output.contains("cached  far-1.0-0.conda"), "\(outcome.output)")
        #expect(outcome.output.contains("default for linux-64: 1 cached (2.00 KiB), 2 local ("))
    }

    @Test("what would be built and left out") func unbuilt() throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "other")
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        workspace.pypi("./project", name: "project")
        try workspace.write()
        let built = try shell("\"$pack\" --no-config --dry-run --build-wheels -p linux-64 other")
        #expect(built.output.contains("build  project"), "\(built.output)\(built.errors)")
        #expect(built.output.contains("would write environment.tar (at least "))
        let without = try shell("\"$pack\" -q --no-config --dry-run --ignore-pypi-non-wheel -p linux-64 other")
        #expect(without.output.contains("without  project"), "\(without.output)")
        let refused = try shell("\"$pack\" --no-config --dry-run -p linux-64 other")
        #expect(refused.hasFailed)
        #expect(refused.errors.contains("package project is not a wheel file"))
    }

    @Test("--json of a pack that goes to standard output is refused") func misuse() throws {
        let outcome = try shell("\"$pack\" --json -o - workspace")
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("Error: --json needs standard output for the result"), "\(outcome.errors)")
    }
}
