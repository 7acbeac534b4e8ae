import CondaModel
import Support
import TestKit
import Testing

@Suite("Lists of files, and lock files of other programs")
struct ExplicitTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        var workspace = WorkspaceBuilder(in: directory)
        var app = CondaBuilder("app", version: "1!2.0", depends: ["library"])
        app.file("bin/app", "app", mode: 0o755)
        try workspace.conda("app-1!2.0-0.conda", app.conda())
        try workspace.addLibraryAndWheel()
        try workspace.write()
    }

    private func pack(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try Executable.run(arguments, environment: ["HOME": directory.path.lossyString], in: directory.path)
    }

    private func succeed(_ outcome: ChildProcess.Outcome) throws {
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    private func packages(_ pack: String) throws -> [String] {
        let outcome = try Executable.unpack(["inspect", pack, "--json"], in: directory.path)
        try succeed(outcome)
        let list = try JSONDocument(Array(outcome.output.utf8)).root["packages"]?.elements.map(Array.init) ?? []
        return list.map { "\($0["file"]?.string ?? "") \($0["sha256"]?.string ?? "")" }
    }

    @Test("a list made of a lock file packs what the lock file packs") func roundTrip() throws {
        try succeed(pack(["--no-plan-check", "-p", "linux-64", "-o", "first.tar", "workspace"]))
        let list = try pack(["list", "--explicit", "-p", "linux-64", "workspace"])
        try succeed(list)
        #expect(list.errors.contains("1 Python package is in comments of the list, which conda ignores"))
        #expect(list.output.contains("\n@EXPLICIT\nfile:///"))
        try directory.write("list.txt", list.output)
        let second = try pack([
            "--from-explicit", "list.txt", "-o", "second.tar", "--use-cache", "cache", "--no-plan-check",
        ])
        try succeed(second)
        #expect(!second.errors.contains("warning"), "\(second.errors)")
        #expect(try packages("second.tar") == packages("first.tar"))
        try succeed(Executable.unpack(["verify", "--deep", "second.tar"], in: directory.path))
        let dry = try pack(["--from-explicit", "list.txt", "--dry-run"])
        try succeed(dry)
        #expect(dry.output.contains("app-1!2.0-0.conda") || dry.errors.contains("app-1!2.0-0.conda"))
        // A damaged file is not what the list says.
        let damaged = list.output.split(separator: "\n").map { line in
            line.hasPrefix("file:") ? line.prefix { $0 != "#" } + "#00000000000000000000000000000000" : line
        }
        try directory.write("bad.txt", damaged.joined(separator: "\n"))
        let bad = try pack(["--from-explicit", "bad.txt", "-o", "third.tar"])
        #expect(bad.hasFailed)
        #expect(try !Sys.exists(directory("third.tar")))
    }

    @Test("options that name something else are refused") func usage() throws {
        try directory.write("list.txt", "@EXPLICIT\n")
        for arguments in [["-e", "x"], ["--bundle"], ["-p", "linux-64", "-p", "osx-64"], ["--prefix", "env"]] {
            #expect(try pack(["--from-explicit", "list.txt"] + arguments).status == 2, "\(arguments)")
        }
        for option in ["--json", "--all"] {
            #expect(try pack(["list", "--explicit", option, "workspace"]).status == 2, "\(option)")
        }
    }

    @Test("a folder that has only conda-lock.yml, and the file itself") func condaLock() throws {
        let found = try Executable.run(["list", "--json", "-p", "linux-64", "workspace"], in: directory.path)
        let listed = try JSONDocument(found.outputBytes).root["packages"]?.elements.map(Array.init) ?? []
        let app = try #require(listed.first { $0["name"]?.string == "app" })
        let location = app["location"]?.string ?? ""
        let text = """
            version: 1
            metadata:
              content_hash: {}
              channels:
              - url: c
                used_env_vars: []
              platforms: [linux-64]
              sources: []
            package:
            - name: app
              version: '1!2.0'
              manager: conda
              platform: linux-64
              dependencies: {}
              url: file://\(directory("workspace").appending(path: ByteString(location)))
              hash:
                sha256: \(app["sha256"]?.string ?? "")
              category: main
              optional: false
            """
        try directory.write("other/conda-lock.yml", text)
        try directory.write("dev.yml", text)
        for manifest in ["other", "other/conda-lock.yml", "dev.yml"] {
            try succeed(pack(["-p", "linux-64", "-o", "\(manifest.utf8.count).tar", manifest]))
            let found = try packages("\(manifest.utf8.count).tar")
            #expect(found.count == 1 && found[0].contains("app-1!2.0-0.conda "), "\(found)")
        }
    }
}
