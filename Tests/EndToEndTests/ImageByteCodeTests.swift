import LibC
import Support
import TestKit
import Testing

/// Byte code in images, with a copy of the machine's Python in the place of the environment's.
@Suite(
    "byte code in images", .enabled(if: Executable.isLinux64 && MachinePython.isThere, "there is no dynamic python3"))
final class ImageByteCodeTests: ShellSuite {
    private func pack(_ platform: String = "linux-64") throws {
        let python = try MachinePython()
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("python-\(python.version)-0.conda", python.package(), subdir: platform)
        var pure = CondaBuilder("pure", noarch: "python", depends: ["python"])
        pure.file("site-packages/pure/__init__.py", "x = 1\n")
        pure.file("site-packages/pure/broken.py", "def (:\n")
        try workspace.conda(pure.stem + ".conda", pure.conda(), subdir: "noarch")
        // Byte code that a package ships, here of another module.
        var own = CondaBuilder("own")
        own.file("lib/python\(python.minor)/site-packages/own.py", "y = 2\n")
        let tag = python.minor.filter { $0 != "." }
        own.file("lib/python\(python.minor)/site-packages/__pycache__/own.cpython-\(tag).pyc", "shipped")
        try workspace.conda(own.stem + ".conda", own.conda(), subdir: platform)
        var wheel = WheelBuilder("one")
        wheel.add("one/__init__.py", "def main():\n    print('one says')\n")
        try workspace.wheel(
            wheel.fileName, wheel.archive { "sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes) }, name: "one")
        let folder = try workspace.write()
        if platform != "linux-64" {
            try require("sed -i 's/linux-64/\(platform)/' workspace/pixi.lock")
        }
        let outcome = try Executable.run(
            ["--no-config", "-q", "-p", platform, "-o", directory("environment.tar").lossyString, folder.lossyString])
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("it is what --compile-pyc makes in a folder", arguments: ["timestamp", "checked-hash", "unchecked-hash"])
    func equal(_ mode: String) throws {
        try pack()
        let find = "find . -name '*.pyc' | sort | xargs sha256sum"
        let ours = try require(
            """
            unpack --into env.tar --prefix /opt/app/env --compile-pyc=\(mode) environment.tar
            mkdir image; tar -C image -xpf env.tar; cd image; \(find)
            """)
        let theirs = try require(
            """
            export SOURCE_DATE_EPOCH=1500000000
            unpack -o folder --prefix /opt/app/env --compile-pyc=\(mode) environment.tar; cd folder/env; \(find)
            """)
        // The source files of wheels are new in a folder, and byte code with time stamps has their time.
        func comparable(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { mode != "timestamp" || !$0.contains("/one/") }
        }
        #expect(
            comparable(ours) == comparable(theirs) && ours.contains("pure/__pycache__/__init__"), "\(ours)\(theirs)")
        #expect(ours.split(separator: "\n").count == theirs.split(separator: "\n").count)
        #expect(ours.contains("one/__pycache__/__init__"))
        // The same again, with other workers.
        #expect(
            try require(
                "unpack --jobs 1 --into again.tar --prefix /opt/app/env --compile-pyc=\(mode) environment.tar; cmp env.tar again.tar"
            ) == "")
        #expect(try require("ls -A | grep -c '^.pixi-pack' || :") == "0\n", "nothing is left of Python")
    }

    @Test("where the environment's Python does not run it is said, and nothing is compiled") func foreign() throws {
        try pack("linux-aarch64")
        let outcome = try Executable.unpack([
            "--into", directory("env.tar").lossyString, "--prefix", "/opt/env", "--compile-pyc",
            directory("environment.tar").lossyString,
        ])
        #expect(outcome.status == 0 && outcome.errors.contains("modules are not compiled"), "\(outcome.errors)")
        #expect(outcome.errors.contains("linux-aarch64"))
        #expect(try require("tar -tf env.tar | grep -c 'pure/__pycache__' || :") == "0\n")
    }

    @Test(
        "Python runs in a mounted SquashFS, with its byte code",
        .enabled(if: ["sqfstar", "squashfuse"].allSatisfy { ExternalProgram.find(ByteString($0)) != nil }),
        .enabled(if: geteuid() == 0 && (try? Sys.exists("/dev/fuse")) == true, "nothing is mounted here"),
        arguments: ["squashfuse env.squashfs env", "mount -t squashfs -o ro,loop env.squashfs env"])
    func mounted(_ mount: String) throws {
        try pack()
        let python = try MachinePython()
        let output = try require(
            """
            mkdir env
            unpack --into env.squashfs --prefix "$PWD/env" --compile-pyc environment.tar
            \(mount) || { echo no; exit 0; }
            trap 'umount env' EXIT
            env/bin/python\(python.minor) -c "import sys; sys.path.append('$PWD/env/lib/python\(python.minor)/site-packages'); import os, one; one.main(); print(os.path.exists(one.__cached__), one.__file__)"
            """)
        if output == "no\n", mount.hasPrefix("mount") { try ChildProcess.skip("the kernel has no SquashFS") }
        let file = "\(directory("env"))/lib/python\(python.minor)/site-packages/one/__init__.py"
        #expect(output == "one says\nTrue \(file)\n", "\(output)")
    }

    /// Whether a container can be run: a kernel whose control groups crun knows, and namespaces.
    private static let mayRun: Bool = {
        guard geteuid() == 0, ["crun", "umoci", "unshare"].allSatisfy({ ExternalProgram.find(ByteString($0)) != nil }),
            let folder = try? TemporaryDirectory()
        else { return false }
        let line = """
            mkdir -p rootfs/bin && cp /bin/busybox rootfs/bin/true && crun spec && sed -i 's/"sh"/"true"/;s/"terminal": true/"terminal": false/' config.json
            \(run) -b . t\(getpid())
            """
        let outcome = try? ChildProcess.run(
            ["/bin/sh", "-ec", line],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "XDG_RUNTIME_DIR": folder.path.lossyString],
            in: folder.path)
        return outcome?.status == 0
    }()

    /// crun refuses control groups of both kinds side by side, so it is not shown the newer ones; none is needed.
    private static let run =
        "unshare -m -- sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"' sh crun --root $PWD/crun --cgroup-manager=disabled run"

    @Test("Python runs in a container, with its byte code", .enabled(if: mayRun, "crun runs no container here"))
    func container() throws {
        try pack()
        let python = try MachinePython()
        let words = """
            ["/opt/app/env/lib/ld.so", "--library-path", "/opt/app/env/lib", "/opt/app/env/bin/python\(python.minor)", \
            "-B", "-c", "import sys; sys.path.append(\\\"/opt/app/env/lib/python\(python.minor)/site-packages\\\"); \
            import os, one, pure; one.main(); print(os.path.exists(one.__cached__), pure.__cached__)"]
            """
        let output = try require(
            """
            unpack --into oci:image:1 --prefix /opt/app/env --compile-pyc --entrypoint '\(words)' environment.tar
            umoci unpack --image image:1 bundle
            sed -i 's/"terminal": true/"terminal": false/' bundle/config.json
            \(Self.run) -b bundle t\(getpid())
            """)
        let tag = python.minor.filter { $0 != "." }
        let cached =
            "/opt/app/env/lib/python\(python.minor)/site-packages/pure/__pycache__/__init__.cpython-\(tag).pyc"
        #expect(output == "one says\nTrue \(cached)\n", "\(output)")
    }
}

/// The machine's Python as a package: the program, its libraries and loader, and the modules that compiling needs.
private struct MachinePython {
    let version: String
    /// `3.11`
    let minor: String
    private let executable: String
    private let library: String
    private let modules: [String]
    private let libraries: [String]

    static let isThere = (try? MachinePython()) != nil

    init() throws {
        let program = """
            import sys, os, compileall, runpy, tempfile
            with tempfile.TemporaryDirectory() as folder:
                open(folder + '/x.py', 'w').close()
                sys.argv = ['compileall', '-q', '-j', '2', '-i', os.devnull, folder]
                compileall.main()
            print('%d.%d.%d' % sys.version_info[:3], '%d.%d' % sys.version_info[:2])
            print(os.path.realpath(sys.executable)); print(os.path.dirname(os.__file__))
            print(*sorted({m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)}))
            """
        let about = try ChildProcess.run(["/usr/bin/python3", "-I", "-c", program], environment: ["PATH": "/usr/bin"])
        let lines = about.output.split(separator: "\n").map(String.init)
        let versions = lines.first?.split(separator: " ").map(String.init) ?? []
        guard about.status == 0, lines.count == 4, versions.count == 2 else { throw Failure("no Python") }
        (version, minor, executable, library) = (versions[0], versions[1], lines[1], lines[2])
        let folder = library + "/"
        modules = lines[3].split(separator: " ").map(String.init).filter { $0.hasPrefix(folder) }
        let ldd = try ChildProcess.run(["/usr/bin/ldd", executable] + modules.filter { $0.hasSuffix(".so") })
        libraries = Set(
            ldd.output.split(whereSeparator: \.isWhitespace).filter {
                $0.hasPrefix("/") && $0.contains(".so") && !$0.hasSuffix(":")
            }
        )
        .map(String.init).sorted()
        guard libraries.contains(where: { $0.contains("/ld-linux") }) else { throw Failure("no dynamic Python") }
    }

    func package() throws -> [UInt8] {
        func bytes(_ path: String) throws -> [UInt8] { try File.open(ByteString(path)).slice().readAll() }
        var python = CondaBuilder("python", version: version)
        python.file("bin/python\(minor)", try bytes(executable), mode: 0o755)
        for path in modules {
            python.file("lib/python\(minor)/" + path.dropFirst(library.count + 1), try bytes(path))
        }
        for path in libraries {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            python.file(name.hasPrefix("ld-linux") ? "lib/ld.so" : "lib/\(name)", try bytes(path), mode: 0o755)
        }
        return python.conda()
    }
}
