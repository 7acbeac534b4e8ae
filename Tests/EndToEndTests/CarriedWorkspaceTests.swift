import Support
import TestKit
import Testing

@Suite("Workspaces carried by packs")
struct CarriedWorkspaceTests {
    let folder: TemporaryDirectory

    private static let manifest = """
        [workspace]
        name = "w"
        channels = []
        platforms = ["linux-64"]

        [activation]
        scripts = ["./scripts/on.sh", "gone.sh"]
        env = { WHO = "me" }

        [tasks]
        hello = "echo hello"

        """

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "", mode: 0o755)
        try builder.conda("python-3.12.1-0.conda", python.conda())
        var package = CondaBuilder("a")
        package.file("bin/say", "said\n")
        try builder.conda("a-1.0-0.conda", package.conda())
        var wheel = WheelBuilder("w")
        wheel.add("w.py", "")
        try builder.wheel(
            wheel.fileName, wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }, name: "w")
        try builder.write()
        try folder.write("workspace/pixi.toml", Array(Self.manifest.utf8))
        try folder.write("workspace/scripts/on.sh", Array("export ON=1\n".utf8))
        try folder.write("workspace/secret.txt", Array("secret".utf8))
    }

    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.run(["--no-config", "-p", "linux-64"] + arguments, in: folder("workspace"))
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(["--no-host-check"] + arguments, in: folder("workspace"))
    }

    private func text(_ path: String) throws -> String {
        ByteString(try File.open(folder("workspace/\(path)")).slice().readAll()).lossyString
    }

    @Test("become a workspace that pixi takes for its own")
    func adopted() throws {
        let packed = try pack("--carry-workspace")
        #expect(
            packed.status == 0 && packed.errors.contains("pixi.lock, pixi.toml, scripts/on.sh"),
            "\(packed.errors)")
        let outcome = try unpack("--as-workspace", "there", "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("pixi run --frozen --no-install -e default COMMAND"), "\(outcome.errors)")
        let place = folder("workspace/there")
        #expect(outcome.output.contains("\"workspace\": \"\(place)\""), "\(outcome.output)")
        #expect(try text("there/pixi.toml") == Self.manifest)
        #expect(try text("there/pixi.lock") == text("pixi.lock"))
        #expect(try text("there/scripts/on.sh") == "export ON=1\n")
        #expect(try Sys.list(place).sorted() == [".pixi", "pixi.lock", "pixi.toml", "scripts"])
        #expect(try text("there/.pixi/.gitignore") == "*\n!config.toml\n")
        #expect(try Sys.list(place.appending(path: ".pixi/envs")) == ["default"])
        let metadata = place.appending(path: ".pixi/envs/default/conda-meta")
        #expect(try text("there/.pixi/envs/default/conda-meta/pixi_env_prefix") == metadata.lossyString)
        // pixi activates what the manifest says by itself.
        #expect(try !Sys.list(metadata).contains { $0.hasPrefix("pixi-workspace-activation") })
        let installer = "there/.pixi/envs/default/lib/python3.12/site-packages/w-1.0.dist-info/INSTALLER"
        #expect(try text(installer) == "uv-pixi")

        let mark = try JSONDocument(Array(text("there/.pixi/envs/default/conda-meta/pixi").utf8)).root
        #expect(mark["manifest_path"]?.string == place.appending(path: "pixi.toml").lossyString)
        #expect(mark["environment_name"]?.string == "default")
        #expect(mark["resolved_platform"]?["subdir"]?.string == "linux-64")
        let virtual = mark["resolved_platform"]?["virtual_packages"]?.elements?.compactMap(\.string)
        #expect(virtual == ["__archspec=0=x86_64", "__glibc=2.28", "__linux=4.18", "__unix=0=0"])
        // As pixi's code feeds its hasher: texts end in 0xFF, hashes have their length in front.
        let names = ["channel/linux-64/a-1.0-0.conda", "channel/linux-64/python-3.12.1-0.conda"]
        var input: [UInt8] = []
        for name in names {
            input += Array("./\(name)".utf8) + [0xFF]
            input += [32, 0, 0, 0, 0, 0, 0, 0]
            input += SHA256Hasher.hash(try File.open(folder("workspace/\(name)")).slice().readAll()).bytes
        }
        input += Array("./wheels/w-1.0-py3-none-any.whl".utf8) + [0xFF]
        for text in ["linux-64"] + (virtual ?? []) { input += Array(text.utf8) + [0xFF] }
        #expect(mark["environment_lock_file_hash"]?.string == String(XXH3.hash(input), radix: 16))
        #expect(try text("there/.pixi/envs/default/conda-meta/.pixi-environment-fingerprint").utf8.count == 16)

        // Again: nothing changes; a file of one's own stays.
        let before = try Sys.stat(metadata.appending(path: "pixi")).st_ino
        #expect(try unpack("-q", "--as-workspace", "there").status == 0)
        #expect(try Sys.stat(metadata.appending(path: "pixi")).st_ino == before)
        #expect(try !Sys.exists(folder("workspace/there/activate.sh")))
    }

    @Test("are updated, but never over what somebody changed")
    func updated() throws {
        #expect(try pack("-q", "--carry-workspace").status == 0)
        #expect(try unpack("-q", "--as-workspace", "there").status == 0)
        let newer = Self.manifest + "bye = \"echo bye\"\n"
        try folder.write("workspace/pixi.toml", Array(newer.utf8))
        #expect(try pack("-q", "--carry-workspace", "-o", "2.tar").status == 0)
        #expect(try unpack("-q", "2.tar", "--as-workspace", "there").status == 0)
        #expect(try text("there/pixi.toml") == newer)
        try folder.write("workspace/there/pixi.toml", Array((newer + "mine = \"echo\"\n").utf8))
        let refused = try unpack("--as-workspace", "there")
        #expect(
            refused.hasFailed && refused.errors.contains("pixi.toml' is there already, and is not"), "\(refused.errors)"
        )
        #expect(try text("there/pixi.toml").contains("mine"))
        #expect(try unpack("-q", "--as-workspace", "there", "--force").status == 0)
        #expect(try text("there/pixi.toml") == Self.manifest)
    }

    @Test("are only in packs that were asked for them")
    func askedFor() throws {
        #expect(try pack("-q").status == 0)
        let refused = try unpack("--as-workspace", "there")
        #expect(refused.hasFailed && refused.errors.contains("carries no workspace"), "\(refused.errors)")
        #expect(try !Sys.exists(folder("workspace/there")))
        for (arguments, reason) in [
            (["--carry-workspace", "--compat", "original"], "--carry-workspace and --compat original"),
            (["--carry-workspace", "--prefix", "env"], "--carry-workspace is for a workspace"),
        ] {
            let outcome = try Executable.run(arguments, in: folder("workspace"))
            #expect(outcome.status == 2 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
        for (arguments, reason) in [
            (["-o", "x"], "--as-workspace and --output-directory"),
            (["--shell", "fish"], "--as-workspace and --shell"),
            (["environment.tar", "--", "true"], "--as-workspace and a command"),
            (["--verify"], "--verify installs nothing"),
        ] {
            let outcome = try Executable.unpack(["--as-workspace", "there"] + arguments, in: folder("workspace"))
            #expect(outcome.status == 2 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
        try Sys.unlink(folder("workspace/pixi.toml"))
        let none = try pack("--carry-workspace")
        #expect(none.hasFailed && none.errors.contains("there is no manifest of pixi"), "\(none.errors)")
    }

    @Test("are in bundles, for each environment")
    func bundles() throws {
        #expect(try pack("-q", "--carry-workspace", "--bundle", "-o", "b.tar").status == 0)
        #expect(try unpack("-q", "b.tar", "--as-workspace", "there").status == 0)
        #expect(try text("there/pixi.toml") == Self.manifest)
    }
}
