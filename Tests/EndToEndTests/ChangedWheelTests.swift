import Support
import TestKit
import Testing

/// A workspace that packs itself has the same version every time.
@Suite("A wheel of the same version and other contents", .enabled(if: Executable.isLinux64))
final class ChangedWheelTests: ShellSuite {
    override init() throws {
        try super.init()
        for name in ["one", "two"] {
            var workspace = WorkspaceBuilder(in: directory, folder: name)
            var python = CondaBuilder("python", version: "3.12.1")
            python.file("bin/python3.12", "python", mode: 0o755)
            try workspace.conda("python-3.12.1-0.conda", python.conda())
            var wheel = WheelBuilder("tool")
            wheel.add("tool.py", "code = '\(name)'\n")
            let bytes = wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }
            try workspace.wheel(wheel.fileName, bytes, name: "tool")
            try workspace.write()
            try require("pack -p linux-64 -o \(name).tar \(name)")
        }
    }

    private func code(_ folder: String) throws -> String {
        String(
            decoding: try directory.read("\(folder)/env/lib/python3.12/site-packages/tool.py"), as: UTF8.self)
    }

    @Test("a delta brings it, onto the environment of its base and with the base") func delta() throws {
        try require("unpack -q -o a one.tar")
        try require("pack -p linux-64 --base one.tar -o delta.tar two")
        #expect(try shell("tar -tf delta.tar").output.contains("pypi/tool-1.0-py3-none-any.whl"))
        try require("unpack -q -o a delta.tar && \"$pack\" verify --env a/env")
        #expect(try code("a") == "code = 'two'\n")
        try require("unpack -q -o b --base one.tar delta.tar")
        #expect(try code("b") == "code = 'two'\n")
        // Nothing is left to do.
        let again = try shell("unpack -o a delta.tar")
        #expect(again.status == 0 && again.errors.contains("0 packages"), "\(again.errors)")
    }

    @Test("a self-extracting pack brings it into an environment that is there, and runs nothing in another's")
    func executable() throws {
        for name in ["one", "two"] {
            try require(
                "pack -p linux-64 --create-executable --pixi-unpack-source \"$pack\" -o \(name).sh \(name)"
            )
        }
        try require("sh one.sh -q -o a")
        let other = try shell("sh two.sh -q -o a -- cat a/env/lib/python3.12/site-packages/tool.py")
        #expect(other.status == 1 && other.errors.contains("was made from another pack"), "\(other.errors)")
        try require("sh two.sh -q -o a && \"$pack\" verify --env a/env")
        #expect(try code("a") == "code = 'two'\n")
        try require("sh one.sh -q -o a")
        #expect(try code("a") == "code = 'one'\n")
        let run = try shell("sh two.sh -q -o b -- cat b/env/lib/python3.12/site-packages/tool.py")
        #expect(run.output == "code = 'two'\n", "\(run.errors)")
    }
}
