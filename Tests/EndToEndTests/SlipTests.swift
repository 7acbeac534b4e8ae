import Support
import TestKit
import Testing

@Suite("Slips: what was named is something else, and the error says what it is and what to do")
struct SlipTests {
    let folder: TemporaryDirectory
    let workspace: ByteString

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        var package = CondaBuilder("a")
        package.file("share/a", "a")
        try builder.conda("a-1.0-0.conda", package.conda())
        workspace = try builder.write()
    }

    private func pack(_ arguments: [String], in place: ByteString? = nil) throws -> ChildProcess.Outcome {
        try Executable.run(["--no-config"] + arguments, in: place ?? workspace)
    }

    @Test("in a folder of a workspace, the workspace above is found, and said") func above() throws {
        try Sys.makeDirectories(workspace.appending(path: "src/deep"))
        let place = workspace.appending(path: "src/deep")
        let list = try Executable.run(["list", "-p", "linux-64"], in: place)
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.hasPrefix("a "))
        #expect(list.errors == "using the workspace above this folder: \(try Sys.realPath(workspace))\n")
        let packed = try pack(["-p", "linux-64"], in: place)
        #expect(packed.status == 0, "\(packed.errors)")
        #expect(try Sys.exists(place.appending(path: "environment.tar")))
        // What is named is meant.
        #expect(try pack(["-p", "linux-64", "."], in: place).errors.contains("could not read lockfile at ./pixi.lock"))
    }

    @Test(
        "what is no workspace",
        arguments: [
            (["small.tar"], "'small.tar' is the name of a pack, not of a workspace", "-o small.tar"),
            (["a.whl"], "'a.whl' is a package, not a workspace", "--inject a.whl"),
            (["https://example.org/x"], "'https://example.org/x' is an address", "git clone"),
            (["nowhere"], "manifest path does not exist at nowhere", "Name the workspace's folder"),
            (["-p", "linux64"], "Did you mean 'linux-64'?", "--help"),
            (["-p", "darwin-arm64"], "Did you mean 'osx-arm64'?", "--help"),
            (["-p", "linux-x86_64"], "Did you mean 'linux-64'?", "--help"),
        ])
    func noWorkspace(arguments: [String], text: String, remedy: String) throws {
        let outcome = try pack(arguments)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(text) && outcome.errors.contains(remedy), "\(outcome.errors)")
    }

    @Test(
        "what is no pack",
        arguments: [
            ("pixi.toml", "'pixi.toml' belongs to a workspace, it is not a pack", "pixi-pack pixi.toml"),
            ("pixi.lock", "'pixi.lock' belongs to a workspace, it is not a pack", "pixi-pack pixi.lock"),
            (".", "'.' is the folder of a workspace (it has pixi.lock), not a pack", "pixi-pack ."),
            ("channel/linux-64/a-1.0-0.conda", "is a single package, not a pack", "--inject"),
            ("ftp://example.org/p.tar", "is an address of a kind", "curl -fL ftp://example.org/p.tar | pixi-unpack -"),
            ("lfs.tar", "'lfs.tar' is a pointer of git-lfs, the pack itself is not here", "git lfs pull"),
            ("page.tar", "'page.tar' is a web page, not a pack", "login"),
            ("insepct", "neither a command nor a file. Did you mean 'inspect'?", "--help"),
        ])
    func noPack(name: String, text: String, remedy: String) throws {
        try folder.write("workspace/pixi.toml", "")
        try folder.write("workspace/lfs.tar", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n")
        try folder.write("workspace/page.tar", "\n <!DOCTYPE html><html>")
        let outcome = try Executable.unpack([name], in: workspace)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(text) && outcome.errors.contains(remedy), "\(outcome.errors)")
    }

    @Test(
        "what git left of a lock file",
        arguments: [
            (
                "version: 6\n<<<<<<< HEAD\nenvironments: {}\n=======\n>>>>>>> other\n",
                "it has a merge conflict of git that is not solved", "pixi lock"
            ),
            (
                "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
                "it is a pointer of git-lfs, the lock file itself is not here", "git lfs pull"
            ),
        ])
    func git(text: String, message: String, remedy: String) throws {
        try folder.write("workspace/pixi.lock", text)
        let outcome = try pack([])
        #expect(outcome.errors.contains("could not read lockfile at ./pixi.lock: \(message)"), "\(outcome.errors)")
        #expect(outcome.errors.contains(remedy))
    }

    @Test(
        "a lock file that lacks what the manifest asks for: a warning, an error with --locked",
        arguments: [
            ("[environments]\ntest = []", "the environment 'test' of pixi.toml is not in pixi.lock"),
            (
                "[workspace]\nchannels = []\nplatforms = ['linux-64', 'osx-arm64']",
                "the platform 'osx-arm64' of pixi.toml is not in pixi.lock (and 1 more)"
            ),
            ("[dependencies]\nb = '*'", "the dependency 'b' is not locked in 'default' for linux-64"),
            ("[dependencies]\na = '>=2'", "'a' is locked as 1.0 in 'default' for linux-64, >=2 is asked for"),
            ("[target.unix.dependencies]\nb = '*'", "the dependency 'b' is not locked in 'default' for linux-64"),
            ("[pypi-dependencies]\nb = '*'", "the PyPI dependency 'b' is not locked in 'default' for linux-64"),
            (
                "[workspace]\nchannels = ['conda-forge', 'https://example.invalid/c']",
                "the environment 'default' is not locked with the channel conda-forge"
            ),
            (
                "[workspace]\nchannels = []",
                "the environment 'default' is locked with the channel https://example.invalid/c/, which is not its own"
            ),
        ])
    func stale(manifest: String, text: String) throws {
        try folder.write("workspace/pixi.toml", manifest)
        let warned = try pack(["-p", "linux-64", "--dry-run"])
        #expect(warned.status == 0, "\(warned.errors)")
        #expect(
            warned.errors == "Warning: lock file not up-to-date with the workspace: \(text); 'pixi lock' updates it\n")
        let refused = try pack(["-p", "linux-64", "--locked"])
        #expect(refused.hasFailed)
        #expect(
            refused.errors.hasPrefix("Error: lock file not up-to-date with the workspace: \(text)\nHint: Update it"),
            "\(refused.errors)")
        #expect(try !Sys.exists(workspace.appending(path: "environment.tar")))
    }

    @Test("a lock file that has what the manifest asks for is no news") func fresh() throws {
        try folder.write(
            "workspace/pixi.toml",
            """
            [workspace]
            channels = ["https://example.invalid/c"]
            platforms = ["linux-64"]
            [dependencies]
            a = ">=1,<2"
            [target.win.dependencies]
            b = "*"
            [feature.test.dependencies]
            c = "*"
            """)
        let outcome = try pack(["-p", "linux-64", "--locked", "--dry-run"])
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
    }
}
