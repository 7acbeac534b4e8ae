import Support
import TestKit
import Testing

import LibC

/// Self-extracting packs that hold a SquashFS (`--create-executable --squashfs`), by the programs that mount it.
@Suite("self-extracting packs with an image", .enabled(if: Executable.isLinux64 && ImageTests.has("sqfstar")))
struct ExecutableImageTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Whether an image can be mounted here, by the kernel and by squashfuse.
    private static let mounts: (kernel: Bool, squashfuse: Bool) = {
        guard let directory = try? TemporaryDirectory() else { return (false, false) }
        func isMounted(_ command: String) -> Bool {
            let line = """
                mkdir -p tree place && echo 1 >tree/a && mksquashfs tree image -comp zstd -noappend -quiet >/dev/null &&
                \(command) image place && test -f place/a; result=$?
                umount place 2>/dev/null || fusermount -u place 2>/dev/null; exit $result
                """
            let outcome = try? ChildProcess.run(
                ["/bin/sh", "-c", line], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], in: directory.path)
            return outcome?.status == 0
        }
        return (isMounted("mount -t squashfs -o loop,ro"), isMounted("squashfuse"))
    }()

    private func run(
        _ line: String, path: String = "", expecting status: Int32? = 0
    ) throws -> ChildProcess.Outcome {
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: [
                "PATH": path + "/usr/sbin:/usr/bin:/sbin:/bin", "pack": Executable.pack,
                "HOME": directory.path.lossyString, "XDG_CACHE_HOME": directory("cache").lossyString,
            ], in: directory.path)
        if let status {
            #expect(outcome.status == status, "\(line): \(outcome.errors) \(outcome.output)")
        }
        return outcome
    }

    /// A self-extracting pack whose program is a shell that runs anywhere and a script that names the prefix.
    private func make(
        _ name: String = "environment.sh", _ options: String = "--squashfs=\"$PWD/place\"", version: String = "1.0"
    ) throws {
        let placeholder = "/placeholder" + String(repeating: "_", count: 220)
        var workspace = WorkspaceBuilder(in: directory, folder: "workspace-\(name)")
        var app = CondaBuilder("app", version: version)
        app.file("bin/sh", try File.open(ByteString(ImageTests.busybox)).slice().readAll(), mode: 0o755)
        app.file(
            "bin/app", "#!\(placeholder)/bin/sh\necho \"$APP \(version) from \(placeholder)\"\n", mode: 0o755,
            placeholder: placeholder)
        app.file(
            "lib/binary", Array("x\(placeholder)/lib\0y".utf8) + [0, 1, 2, 255], placeholder: placeholder,
            fileMode: "binary")
        app.symlink("lib/link", to: "binary")
        for index in 0..<300 { app.file("share/many/file-\(index)", "\(index)\n") }
        app.file("share/large", [UInt8](repeating: 7, count: 3 << 20), mode: 0o644)
        app.file("etc/conda/env_vars.d/app.json", #"{"APP": "hello"}"#)
        try workspace.conda("app-\(version)-0.conda", app.conda())
        try workspace.write()
        _ = try run(
            "\"$pack\" -q --no-config -p linux-64 --create-executable --pixi-unpack-source \"$pack\" \(options) "
                + "-o \(name) workspace-\(name)")
    }

    /// Programs that fail where nothing can be mounted.
    private func fakes(_ names: [String]) throws -> String {
        for name in names {
            try directory.write("fakes/\(name)", "#!/bin/sh\necho no \(name) here >&2\nexit 1\n")
            _ = try run("chmod +x fakes/\(name)")
        }
        return directory("fakes").lossyString + ":"
    }

    private func isMounted(_ place: ByteString) -> Bool {
        MountTable.entry(at: (try? PathResolution.resolve(place)) ?? place) != nil
    }

    private func waitForEnd(of place: ByteString) throws {
        for _ in 0..<200 where isMounted(place) { usleep(50_000) }
        for _ in 0..<40 where try Sys.exists(place) { usleep(50_000) }
        #expect(!isMounted(place), "still mounted: \(place)")
    }

    private var place: ByteString { directory("place") }

    @Test(
        "a command runs in the image mounted by the kernel, which goes when nobody uses it", .enabled(if: mounts.kernel)
    )
    func kernel() throws {
        try make()
        let outcome = try run("./environment.sh -- app; grep -c \"$PWD/place \" /proc/self/mountinfo")
        #expect(outcome.output == "hello 1.0 from \(place)\n1\n")
        try waitForEnd(of: place)
        #expect(try !Sys.exists(place))
        #expect(try !Sys.exists(directory("cache/pixi-pack/environments")))
    }

    @Test("… and by squashfuse, several at once", .enabled(if: mounts.squashfuse))
    func squashfuse() throws {
        try make()
        let line = """
            for i in 1 2 3 4 5; do ./environment.sh -- sh -c 'app; sleep 3; app' & done; wait
            grep -c "$PWD/place " /proc/self/mountinfo
            """
        let outcome = try run(line, path: fakes(["mount"]))
        let lines = Array(repeating: "hello 1.0 from \(place)\n", count: 10)
        #expect(outcome.output == lines.joined() + "1\n", "\(outcome.errors)")
        #expect(outcome.errors.isEmpty)
        try waitForEnd(of: place)
    }

    @Test("exit status and signals are the command's own", .enabled(if: mounts.squashfuse))
    func status() throws {
        try make()
        #expect(try run("./environment.sh -- sh -c 'exit 9'", expecting: 9).errors.isEmpty)
        #expect(try run("exec ./environment.sh -- sh -c 'kill -TERM $$'", expecting: nil).status == 128 + 15)
        _ = try run("./environment.sh -- no-such-program", expecting: 127)
        try waitForEnd(of: place)
    }

    @Test("what a killed squashfuse left is mounted anew", .enabled(if: mounts.squashfuse))
    func killed() throws {
        try make()
        let line = """
            ./environment.sh -- sh -c 'app; sleep 60' & command=$!
            while ! test -e place/bin/app; do sleep 0.1; done
            for process in /proc/[0-9]*; do
              case $(tr '\\0' ' ' <$process/cmdline 2>/dev/null) in
              squashfuse*" $PWD/place "*) kill -9 "${process#/proc/}" ;;
              esac
            done
            kill $command; wait
            ./environment.sh -- app
            """
        let outcome = try run(line, path: fakes(["mount"]))
        let text = "hello 1.0 from \(place)\n"
        #expect(outcome.output == text + text, "\(outcome.errors)")
        try waitForEnd(of: place)
    }

    @Test("without a name the place is one in /tmp that everybody can make", .enabled(if: mounts.kernel))
    func usualPlace() throws {
        try make("environment.sh", "--squashfs", version: "1.0.\(getpid())")
        let outcome = try run("./environment.sh -- app")
        #expect(outcome.output.contains(" from /tmp/pixi-"))
        let place = ByteString(String(outcome.output.split(separator: " ").last ?? "").replacing(text: "\n", with: ""))
        try waitForEnd(of: place)
        #expect(try !Sys.exists(place))
    }

    @Test("where nothing can mount it, it is unpacked into the cache, once")
    func unpacked() throws {
        try make()
        let path = try fakes(["mount", "squashfuse", "squashfuse_ll"])
        let first = try run("./environment.sh -v -- app", path: path)
        let cache = directory("cache/pixi-pack/environments").lossyString
        #expect(first.output.hasPrefix("hello 1.0 from \(cache)/"))
        #expect(first.errors.contains("The image is unpacked, not mounted"))
        let second = try run("./environment.sh -- app", path: path)
        #expect(second.output == first.output)
        #expect(second.errors.isEmpty)
        #expect(try !Sys.exists(place))
    }

    @Test("a place that is not ours alone is not used", arguments: ["link", "full", "open", "other"])
    func foreign(_ kind: String) throws {
        if kind == "other" { try ChildProcess.neededRoot() }
        try make()
        _ = try run(
            [
                "link": "mkdir other && ln -s other place", "full": "mkdir place && echo mine >place/mine",
                "open": "mkdir place && chmod 777 place", "other": "mkdir place && chown 12345 place",
            ][kind] ?? "false")
        let outcome = try run("./environment.sh -v -- app")
        #expect(outcome.output.hasPrefix("hello 1.0 from \(directory("cache"))/"), "\(outcome.errors)")
        #expect(outcome.errors.contains("The image is unpacked, not mounted"))
        if kind == "full" { #expect(try directory.read("place/mine") == Array("mine\n".utf8)) }
    }

    @Test("another image at the place is not taken for ours", .enabled(if: mounts.kernel))
    func another() throws {
        try make("old.sh")
        try make("new.sh", version: "2.0")
        _ = try run("./old.sh mount")
        #expect(try run("./new.sh -- app").output.hasPrefix("hello 2.0 from \(directory("cache"))/"))
        #expect(try run("./old.sh -- app").output == "hello 1.0 from \(place)\n")
        _ = try run("umount place")
    }

    @Test(
        "mount DIR mounts it there, says what does not work, and how it is unmounted", .enabled(if: mounts.squashfuse))
    func mountCommand() throws {
        try make()
        let path = try fakes(["mount"])
        let outcome = try run("./environment.sh mount 'a place' && cat 'a place/share/many/file-7'", path: path)
        #expect(outcome.output == "7\n")
        #expect(outcome.errors.contains("Warning: the environment is for '\(place)'"))
        let command = outcome.errors.split(separator: "\n").last?.split(separator: ":").last ?? ""
        #expect(try run("./environment.sh mount 'a place'", expecting: 1).errors.contains("something is mounted there"))
        _ = try run(String(command))
        #expect(!isMounted(directory("a place")))
        #expect(
            try run("echo x >'a place/x'; ./environment.sh mount 'a place'", expecting: 1).errors.contains("not empty"))
        #expect(
            try run(
                "\"$pack\" unpack -q environment.sh && \"$pack\" -q --no-config -p linux-64 workspace-environment.sh"
            )
            .status == 0)
        let none = try run("cp \"$pack\" pixi-unpack && ./pixi-unpack mount environment.tar d", expecting: 1)
        #expect(none.errors.contains("holds packages, no image"))
    }

    @Test("unpacked it is the environment that the packages make, adapted to its place")
    func equal() throws {
        try make()
        let outcome = try run(
            """
            "$pack" -q --no-config -p linux-64 workspace-environment.sh
            mkdir -p one/x keep; cd one/x; "$pack" unpack -q ../../environment.tar; cd ../..
            mv one keep; mkdir -p one/x; cd one/x; ../../environment.sh; cd ../..
            for i in one keep/one; do
              (cd $i/x; find . ! -type d ! -path './env/conda-meta/*' ! -name CACHEDIR.TAG -printf '%p %m %s %l\\n' | sort
              find . -type f ! -path './env/conda-meta/*' -exec sha256sum {} + | sort) >$(basename $(dirname $i))$(basename $i)
            done
            cmp keepone .one && echo equal; one/x/env/bin/app; cd one/x; ../../environment.sh verify --env env
            ../../environment.sh
            """)
        #expect(outcome.output.hasPrefix("equal\n"), "\(outcome.output)")
        #expect(outcome.output.contains("1.0 from \(directory("one/x/env"))\n"))
        #expect(outcome.errors.contains("files are as their packages brought them"))
        #expect(outcome.errors.contains("0 packages, 1 untouched"))
    }

    @Test("an environment of other contents is replaced only as a whole, when that is asked for")
    func update() throws {
        try make("old.sh")
        try make("new.sh", version: "2.0")
        _ = try run("./old.sh -q && echo mine >env/mine")
        let refused = try run("./new.sh -q", expecting: 1)
        #expect(refused.errors.contains("was made from another pack than the image"))
        #expect(refused.errors.contains("--force"))
        #expect(try run("./old.sh -q && cat env/mine").output == "mine\n")
        #expect(try run("./new.sh -q --force && env/bin/app").output == " 2.0 from \(directory("env"))\n")
        // A pack of packages updates it as any other environment.
        _ = try run("\"$pack\" -q --no-config -p linux-64 workspace-old.sh && \"$pack\" unpack -q environment.tar")
        #expect(try run("env/bin/app").output == " 1.0 from \(directory("env"))\n")
    }

    @Test("the image is compared with its hash where it is read as a whole")
    func damaged() throws {
        try make()
        #expect(try run("./environment.sh verify").errors.contains("files are as they were packed"))
        var bytes = try directory.read("environment.sh")
        bytes[8192 + 5000] ^= 1
        try directory.write("damaged.sh", bytes)
        _ = try run("chmod +x damaged.sh")
        let verified = try run("./damaged.sh verify", expecting: 4)
        #expect(verified.errors.contains("expected an image with sha256"))
        let unpacked = try run("./damaged.sh -o out", expecting: 4)
        #expect(unpacked.errors.contains("expected an image with sha256"))
        #expect(try !Sys.exists(directory("out/env")))
    }

    @Test("inspect and list say what it is; what needs packages is refused by name")
    func said() throws {
        try make()
        let text = try run("./environment.sh inspect").output
        #expect(text.contains("an image (SquashFS, "))
        #expect(text.contains("of 1 package for '\(place)'"))
        #expect(try run("./environment.sh list --json").output.contains(#""format": "squashfs""#))
        for option in ["--repair", "--dry-run", "--run-post-link", "--compile-pyc"] {
            let outcome = try run("./environment.sh \(option)", expecting: 1)
            #expect(outcome.errors.contains("\(option) cannot be used with it"))
        }
        #expect(try run("./environment.sh --extract-tar x", expecting: 1).errors.contains("holds an image"))
        #expect(
            try run("./environment.sh --into x.tar --prefix /x", expecting: 1).errors.contains("an image already"))
        #expect(try run("./environment.sh inspect --files app", expecting: 1).errors.contains("holds an image"))
        #expect(try run("./environment.sh --help").output.contains("mount"))
    }

    @Test("what is signed is unpacked, never mounted, as a mount is read later")
    func signed() throws {
        _ = try run("\"$pack\" keygen -W")
        try make("signed.sh", "--squashfs=\"$PWD/place\" --sign pixi-pack.key")
        let outcome = try run("./signed.sh --verify-key pixi-pack.pub -- app")
        #expect(outcome.output.hasPrefix("hello 1.0 from \(directory("cache"))/"))
        _ = try run("printf x >>signed.sh.minisig; ./signed.sh --verify-key pixi-pack.pub -- app", expecting: nil)
    }

    @Test(
        "what cannot be made is refused by name",
        arguments: [
            ("--squashfs -o x.tar", "--squashfs is for --create-executable only"),
            ("--create-executable --squashfs -o -", "--squashfs needs a file"),
            ("--create-executable --squashfs --base x.tar", "--squashfs and --base cannot be used together"),
            ("--create-executable --squashfs --compat original", "--squashfs and --compat original"),
            ("--create-executable --squashfs=relative", "is not an absolute path"),
            ("--create-executable --squashfs -p osx-64 --pixi-unpack-source program", "Linux only"),
        ])
    func refused(_ options: String, _ text: String) throws {
        try make()
        if options.contains("osx") {
            var program: [UInt8] = [0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1, 3, 0, 0, 0, 2, 0, 0, 0]
            program += Array("--run-self-extracting-pack-1".utf8) + [UInt8](repeating: 0, count: 100)
            try directory.write("program", program)
            _ = try run(
                "sed -i 's/linux-64/osx-64/g' workspace-environment.sh/pixi.lock && "
                    + "mv workspace-environment.sh/channel/linux-64 workspace-environment.sh/channel/osx-64")
        }
        let outcome = try run("\"$pack\" --no-config \(options) workspace-environment.sh", expecting: nil)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }
}
