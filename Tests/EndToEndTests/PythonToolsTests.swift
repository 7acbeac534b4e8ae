import Support
import TestKit
import Testing

private enum PythonTools {
    static let bin = "\(Executable.checkout)/.build-python/bin"

    static var areThere: Bool {
        ["python3", "uv"].allSatisfy { (try? Sys.exists(ByteString("\(bin)/\($0)"))) == true }
            && (try? ChildProcess.run(["\(bin)/python3", "-c", "import pip, rattler"]).status) == 0
    }
}

/// The tools people use on environments with wheels, with a Python of the machine in the place of the environment's
/// (`.ci/tools/python` installs them).
@Suite(
    "Python's own tools on environments with wheels",
    .enabled(if: PythonTools.areThere, "uv, pip and py-rattler: .ci/tools/python"))
struct PythonToolsTests {
    let folder: TemporaryDirectory
    private let minor: String

    init() throws {
        folder = try TemporaryDirectory()
        let about = try ChildProcess.run([
            "\(PythonTools.bin)/python3", "-c",
            "import sys; print(sys.version_info[1], '%d.%d.%d' % sys.version_info[:3], sys._base_executable)",
        ]).output.split(whereSeparator: \.isWhitespace).map(String.init)
        minor = about[0]
        var builder = WorkspaceBuilder(in: folder)
        // An environment that Python takes for one: `sys.prefix` is where pyvenv.cfg is.
        var python = CondaBuilder("python", version: about[1])
        python.symlink("bin/python3.\(minor)", to: about[2])
        python.symlink("bin/python", to: "python3.\(minor)")
        python.file("pyvenv.cfg", "home = \(ByteString(about[2]).parentPath)\ninclude-system-site-packages = false\n")
        try builder.conda(python.stem + ".conda", python.conda())
        var pure = CondaBuilder("pure", noarch: "python", depends: ["python"])
        pure.file("site-packages/pure/__init__.py", "x = 1\n")
        pure.file("site-packages/pure/broken.py", "def (:\n")
        for (name, text) in [
            ("METADATA", "Metadata-Version: 2.1\nName: pure\nVersion: 1.0\n"), ("RECORD", ""), ("INSTALLER", "conda"),
            ("WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ] { pure.file("site-packages/pure-1.0.dist-info/\(name)", text) }
        try builder.conda(pure.stem + ".conda", pure.conda(), subdir: "noarch")
        for name in ["one", "two"] {
            var wheel = WheelBuilder(name)
            wheel.add("\(name)/__init__.py", "def main():\n    print('\(name) says')\n")
            wheel.add("\(name)/more.py", "x = 1\n")
            wheel.entryPoints = "[console_scripts]\nsay-\(name) = \(name):main\n"
            let bytes = wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }
            try builder.wheel(wheel.fileName, bytes, name: name)
        }
        try builder.write()
        _ = try Executable.run(["--no-config", "-q", "-p", "linux-64"], in: folder("workspace"))
        #expect(try unpack().status == 0)
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(["--no-host-check", "-q"] + arguments, in: folder("workspace"))
    }

    private func run(_ command: String...) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["\(PythonTools.bin)/" + command[0]] + command.dropFirst(),
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder("home").lossyString], in: folder("workspace"))
    }

    private var sitePackages: String { "workspace/env/lib/python3.\(minor)/site-packages" }

    @Test("pip lists, checks and uninstalls") func pip() throws {
        let list = try run("python3", "-m", "pip", "--python", "env/bin/python", "list", "--format", "freeze")
        for name in ["one==1.0", "pure==1.0", "two==1.0"] {
            #expect(list.output.contains(name + "\n"), "\(list.output)\(list.errors)")
        }
        let freeze = try run("python3", "-m", "pip", "--python", "env/bin/python", "freeze")
        #expect(!freeze.output.contains("@"), "\(freeze.output)")
        let check = try run("python3", "-m", "pip", "--python", "env/bin/python", "check")
        #expect(
            check.status == 0 && check.output.contains("No broken requirements found"), "\(check.output)\(check.errors)"
        )
        let gone = try run("python3", "-m", "pip", "--python", "env/bin/python", "uninstall", "-y", "one")
        #expect(gone.status == 0, "\(gone.output)\(gone.errors)")
        try expectOnlyTwo()
    }

    @Test("uv lists, checks and uninstalls") func uv() throws {
        let list = try run("uv", "pip", "list", "--python", "env/bin/python", "--format", "freeze")
        #expect(list.output == "one==1.0\npure==1.0\ntwo==1.0\n", "\(list.output)\(list.errors)")
        let check = try run("uv", "pip", "check", "--python", "env/bin/python")
        #expect(check.status == 0 && check.errors.contains("compatible"), "\(check.errors)")
        let gone = try run("uv", "pip", "uninstall", "--python", "env/bin/python", "one")
        #expect(gone.status == 0, "\(gone.errors)")
        // The lock file that uv leaves is nobody's file.
        #expect(try Sys.exists(folder("workspace/env/.lock")))
        #expect(try Executable.unpack(["verify", "env"], in: folder("workspace")).status == 0)
        try expectOnlyTwo()
        // What a tool took away comes again.
        #expect(try unpack("--repair").status == 0)
        #expect(try ChildProcess.run([folder("workspace/env/bin/say-one").lossyString]).output == "one says\n")
    }

    private func expectOnlyTwo() throws {
        let names = try Sys.list(folder(sitePackages)).map(\.lossyString).filter { !$0.hasPrefix("pure") }.sorted()
        #expect(names == ["two", "two-1.0.dist-info"], "\(names)")
        #expect(try !Sys.exists(folder("workspace/env/bin/say-one")))
        #expect(try ChildProcess.run([folder("workspace/env/bin/say-two").lossyString]).output == "two says\n")
    }

    @Test("nothing marks an environment as managed but a package that does") func managed() throws {
        #expect(try !Sys.exists(folder("workspace/env/lib/python3.\(minor)/EXTERNALLY-MANAGED")))
        var marker = CondaBuilder("conda-managed-env")
        marker.file("lib/python3.\(minor)/EXTERNALLY-MANAGED", "[externally-managed]\nError=by conda\n")
        try folder.write("workspace/marker.conda", marker.conda())
        try Sys.rename(folder("workspace/marker.conda"), to: folder("workspace/\(marker.stem).conda"))
        _ = try Executable.run(
            ["--no-config", "-q", "-p", "linux-64", "--inject", "\(marker.stem).conda"], in: folder("workspace"))
        #expect(try unpack().status == 0)
        #expect(try Sys.exists(folder("workspace/env/lib/python3.\(minor)/EXTERNALLY-MANAGED")))
    }

    @Test("--compile-pyc makes what compileall makes", arguments: ["checked-hash", "unchecked-hash", "timestamp"])
    func byteCode(_ mode: String) throws {
        #expect(try unpack("--force", "--compile-pyc=\(mode)").status == 0)
        let ours = try byteCode()
        #expect(ours.count == 5, "\(ours.keys)")
        for path in ours.keys { try Sys.unlink(folder("\(sitePackages)/\(path)")) }
        let made = try ChildProcess.run(
            [
                folder("workspace/env/bin/python").lossyString, "-m", "compileall", "-q", "--invalidation-mode", mode,
                folder(sitePackages).lossyString,
            ], environment: ["PATH": "/usr/bin:/bin"])
        // One module cannot be compiled.
        #expect(made.output.contains("broken.py"), "\(made.output)\(made.errors)")
        let theirs = try byteCode()
        #expect(theirs == ours, "\(theirs.keys.sorted()), \(ours.keys.sorted())")
    }

    private func byteCode() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for package in ["one", "two", "pure"] {
            let cache = "\(package)/__pycache__"
            guard try Sys.exists(folder("\(sitePackages)/\(cache)")) else { continue }
            for name in try Sys.list(folder("\(sitePackages)/\(cache)")) {
                let path = "\(cache)/\(name)"
                found[path] = try File.open(folder("\(sitePackages)/\(path)")).slice().readAll()
            }
        }
        return found
    }
}
