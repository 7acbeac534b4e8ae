import Support
import TestKit
import Testing

@Suite("Modulefiles and Jupyter kernels of environments")
struct ModulefileTests {
    let folder: TemporaryDirectory

    /// Values that would do something if they were not inert; one of several lines cannot be given to Lmod.
    private static let values = #"""
        {"PLAIN": "two words", "REFS": "$CONDA_PREFIX/share:${HOME}:$NOPE.", "LINES": "one\ntouch bad",
         "DIRTY": "a\"b [exec touch bad] $(touch bad) `touch bad` \\ {x} ;#' \u00fc %PATH% ]]"}
        """#

    init() throws {
        folder = try TemporaryDirectory()
        var builder = WorkspaceBuilder(in: folder)
        var package = CondaBuilder("a")
        package.file("bin/say", "#!/bin/sh\necho said\n", mode: 0o755)
        package.file("etc/conda/env_vars.d/a.json", Self.values)
        package.file(
            "etc/conda/activate.d/a.sh",
            "export FROM_SCRIPT=\"$CONDA_PREFIX/of script\"\nsay_hello() { echo \"hello $PLAIN\"; }\n")
        try builder.conda("a-1.0-0.conda", package.conda())
        try builder.write()
        _ = try Executable.run(["--no-config", "-q", "-p", "linux-64"], in: folder("workspace"))
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(
            ["--no-host-check"] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder("home").lossyString],
            in: folder("workspace"))
    }

    /// Loads and unloads, and says what is set meanwhile.
    private func use(_ module: String) throws -> String {
        let script =
            module + """

                module load app/1.0
                show() {
                    for v in PLAIN REFS DIRTY LINES FROM_SCRIPT CONDA_PREFIX; do
                        printf '%s=<%s>\\n' $v "${!v-unset}"
                    done
                    command -v say || echo no say
                }
                show; say_hello; say
                module unload app/1.0
                show
                """
        let outcome = try ChildProcess.run(
            ["/bin/bash", "-c", script],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/home/me", "LC_ALL": "C.UTF-8"], in: folder.path)
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
        return outcome.output
    }

    private func expected(_ prefix: String, lines: String) -> String {
        let unset = ["PLAIN", "REFS", "DIRTY", "LINES", "FROM_SCRIPT", "CONDA_PREFIX"].map { "\($0)=<unset>\n" }
        return """
            PLAIN=<two words>
            REFS=<\(prefix)/share:/home/me:.>
            DIRTY=<a"b [exec touch bad] $(touch bad) `touch bad` \\ {x} ;#' ü %PATH% ]]>
            LINES=<\(lines)>
            FROM_SCRIPT=<\(prefix)/of script>
            CONDA_PREFIX=<\(prefix)>
            \(prefix)/bin/say
            hello two words
            said

            """ + unset.joined() + "no say\n"
    }

    private static let modules = "/usr/share/modules/init/bash"

    @Test(
        "Environment Modules loads and unloads an environment, whatever its values are",
        .enabled(if: (try? Sys.exists(ByteString(modules))) == true, "Debian: environment-modules"))
    func tcl() throws {
        let outcome = try unpack("-o", "my app", "--modulefile", "../mods/app/1.0")
        #expect(outcome.errors.contains("The modulefile is at ../mods/app/1.0."), "\(outcome.errors)")
        let output = try use(". \(Self.modules); module use mods")
        #expect(output == expected(folder("workspace/my app/env").lossyString, lines: "unset"), "\(output)")
        #expect(try !Sys.exists(folder("bad")))
    }

    /// Lmod, which Debian's package would put beside Environment Modules if it could (`.ci/tools/lmod`).
    private static var lmod: String? {
        ["\(Executable.checkout)/.build-lmod/usr/share/lmod/lmod/libexec/lmod", "/usr/share/lmod/lmod/libexec/lmod"]
            .first { (try? Sys.exists(ByteString($0))) == true }
    }

    @Test(
        "Lmod loads and unloads an environment, whatever its values are",
        .enabled(if: lmod != nil, "Lmod: .ci/tools/lmod"))
    func lua() throws {
        let lmod = try #require(Self.lmod)
        #expect(try unpack("-q", "-o", "my app", "--modulefile", "../mods/app/1.0.lua").status == 0)
        let output = try use("module() { eval \"$(\(lmod) bash \"$@\")\"; }; export MODULEPATH=$PWD/mods")
        #expect(output == expected(folder("workspace/my app/env").lossyString, lines: "unset"), "\(output)")
        #expect(try !Sys.exists(folder("bad")))
    }

    @Test("options that would be ignored, or name no file, are refused") func refused() throws {
        for (arguments, reason) in [
            (["--modulefile", "m", "--relocatable-activation"], "cannot be used together"),
            (["--modulefile", "m", "--verify"], "--verify installs nothing"),
            (["--jupyter-kernel", "k", "environment.tar", "--", "true"], "cannot be used together"),
            (["--modulefile", "-"], "--modulefile needs the name of a file"),
        ] {
            let outcome = try Executable.unpack(arguments, in: folder("workspace"))
            #expect(outcome.status == 2 && outcome.errors.contains(reason), "\(outcome.errors)")
        }
        let taken = try unpack("--modulefile", "channel")
        #expect(taken.hasFailed && taken.errors.contains("the modulefile 'channel' is a folder"), "\(taken.errors)")
        #expect(try !Sys.exists(folder("workspace/env")))
        let odd = try unpack("--jupyter-kernel", "a b")
        #expect(odd.errors.contains("'a b' cannot be the name of a Jupyter kernel"), "\(odd.errors)")
        let none = try unpack("--jupyter-kernel", "mine")
        #expect(none.status == 3 && none.errors.contains("the environment has no Jupyter kernel"), "\(none.errors)")
        #expect(try !Sys.exists(folder("workspace/env")))
    }

    @Test("a modulefile may lie in the environment, and --json names what was made") func inside() throws {
        let outcome = try unpack("--json", "--modulefile", "env/etc/module")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let result = try JSONDocument(Array(outcome.output.utf8)).root
        #expect(result["modulefile"]?.string == "env/etc/module")
        #expect(try Sys.exists(folder("workspace/env/etc/module")))
        let again = try unpack("-q", "--modulefile", "env/etc/module")
        #expect(again.status == 0, "\(again.errors)")
    }

    /// A workspace with a kernel that says how it was started.
    private func kernelWorkspace() throws {
        var builder = WorkspaceBuilder(in: folder, folder: "kernel")
        var package = CondaBuilder("fake-kernel")
        package.file("bin/fake-kernel", "#!/bin/sh\necho \"$CONDA_PREFIX $FROM_SCRIPT $*\" >$OUT\n", mode: 0o755)
        package.file("etc/conda/activate.d/a.sh", "export FROM_SCRIPT=activated\n")
        package.file(
            "share/jupyter/kernels/fake/kernel.json",
            #"""
            {"argv": ["fake-kernel", "-f", "{connection_file}", "{resource_dir}/x"], "display_name": "Fake",
             "language": "fake", "interrupt_mode": "message", "metadata": {"debugger": true}, "env": {"K": "v"}}
            """#)
        try builder.conda("fake-kernel-1.0-0.conda", package.conda())
        try builder.write()
        _ = try Executable.run(["--no-config", "-q", "-p", "linux-64"], in: folder("kernel"))
    }

    @Test("a kernel is found by its name and started in the activated environment") func kernel() throws {
        try kernelWorkspace()
        let home = folder("home").lossyString
        let outcome = try Executable.unpack(
            ["--jupyter-kernel", "My-Env.1"], environment: ["PATH": "/usr/bin:/bin", "HOME": home],
            in: folder("kernel"))
        let place = "\(home)/.local/share/jupyter/kernels/my-env.1"
        #expect(outcome.errors.contains("The Jupyter kernel is at \(place)."), "\(outcome.errors)")
        let spec = try JSONDocument(try File.open(ByteString("\(place)/kernel.json")).slice().readAll()).root
        let prefix = folder("kernel/env").lossyString
        #expect(spec["display_name"]?.string == "My-Env.1" && spec["language"]?.string == "fake")
        #expect(spec["interrupt_mode"]?.string == "message" && spec["metadata"]?["debugger"]?.bool == true)
        #expect(spec["env"]?["K"]?.string == "v")
        #expect(
            spec["argv"]?.elements?.compactMap(\.string) == [
                "/bin/sh", "{resource_dir}/start.sh", "fake-kernel", "-f", "{connection_file}",
                "\(prefix)/share/jupyter/kernels/fake/x",
            ])
        // As Jupyter does it.
        let start = try ChildProcess.run(
            ["/bin/sh", "\(place)/start.sh", "fake-kernel", "-f", "a b"],
            environment: ["PATH": "/usr/bin:/bin", "OUT": "\(home)/out"])
        #expect(start.status == 0, "\(start.errors)")
        let said = try File.open(ByteString("\(home)/out")).slice().readAll()
        #expect(String(decoding: said, as: UTF8.self) == "\(prefix) activated -f a b\n")
    }

    @Test(
        "Jupyter itself lists and starts the kernel",
        .enabled(if: ChildProcess.find("jupyter-kernelspec") != nil, "Debian: jupyter-client"))
    func jupyter() throws {
        try kernelWorkspace()
        let data = folder("data").lossyString
        _ = try Executable.unpack(
            ["-q", "--jupyter-kernel", "mine"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "JUPYTER_DATA_DIR": data],
            in: folder("kernel"))
        let script = """
            import jupyter_client, time, os
            manager = jupyter_client.KernelManager(kernel_name="mine")
            print(manager.kernel_spec.display_name)
            manager.start_kernel()
            for _ in range(200):
                if os.path.exists(os.environ["OUT"]): break
                time.sleep(0.05)
            time.sleep(0.2)
            print(open(os.environ["OUT"]).read().split(" -f ")[0])
            manager.cleanup_resources()
            """
        let outcome = try ChildProcess.run(
            ["/usr/bin/python3", "-c", script],
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": folder("home").lossyString, "JUPYTER_DATA_DIR": data,
                "OUT": folder("out").lossyString,
            ])
        #expect(
            outcome.output == "mine\n\(folder("kernel/env").lossyString) activated\n", "\(outcome.errors)")
    }
}
