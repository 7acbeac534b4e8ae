import Support
import TestKit
import Testing

import LibC

/// Images by the programs that use them, and relocation, through the command line.
@Suite("images and other places", .enabled(if: Executable.isLinux64))
struct ImageTests {
    let directory: TemporaryDirectory
    static let busybox = "/bin/busybox"

    init() throws { directory = try TemporaryDirectory() }

    static func has(_ programs: ByteString...) -> Bool {
        programs.allSatisfy { ExternalProgram.find($0) != nil }
            && (try? Sys.exists(ByteString(busybox))) == true
    }

    @discardableResult
    private func shell(_ line: String) throws -> ChildProcess.Outcome {
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "pack": Executable.pack, "HOME": directory.path.lossyString,
                "XDG_RUNTIME_DIR": directory.path.lossyString,
            ], in: directory.path)
        #expect(outcome.status == 0, "\(line): \(outcome.errors) \(outcome.output)")
        return outcome
    }

    /// A pack whose program is a shell that runs anywhere and a script that names the prefix.
    private func pack() throws {
        let placeholder = "/placeholder" + String(repeating: "_", count: 60)
        var workspace = WorkspaceBuilder(in: directory)
        var app = CondaBuilder("app")
        app.file("bin/sh", try File.open(ByteString(Self.busybox)).slice().readAll(), mode: 0o755)
        app.file(
            "bin/app", "#!\(placeholder)/bin/sh\necho \"$APP from \(placeholder)\"\n", mode: 0o755,
            placeholder: placeholder)
        app.file("etc/conda/env_vars.d/app.json", #"{"APP": "hello"}"#)
        try workspace.conda("app-1.0-0.conda", app.conda())
        try workspace.write()
        try shell("\"$pack\" -q --no-config -p linux-64 workspace")
    }

    @Test("a container runs from the image", .enabled(if: has("umoci", "crun") && geteuid() == 0))
    func container() throws {
        try pack()
        try shell(
            """
            "$pack" unpack -q --into oci:image:1 --prefix /opt/app/env --entrypoint app environment.tar
            umoci unpack --image image:1 bundle
            sed -i 's/"terminal": true/"terminal": false/' bundle/config.json
            """)
        // crun refuses control groups of both kinds side by side, so it is not shown the newer ones; none is needed.
        let line = """
            umount /sys/fs/cgroup/unified 2>/dev/null
            exec crun --root "$PWD/run" --cgroup-manager=disabled run -b bundle t\(getpid())
            """
        let outcome = try ChildProcess.run(
            ["/usr/bin/unshare", "-m", "--", "sh", "-c", line],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], in: directory.path)
        // Without namespaces or control groups of our own nothing can be run here.
        let isPossible = !["cgroup", "namespace", "Permission", "permitted", "mount", "unshare"].contains {
            outcome.errors.contains($0)
        }
        if isPossible { #expect(outcome.output == "hello from /opt/app/env\n", "\(outcome.errors)") }
    }

    @Test(
        "podman pulls the image and mounts it",
        .enabled(if: has("podman", "docker-registry") && geteuid() == 0, "podman or docker-registry is not installed"))
    func podman() throws {
        try pack()
        let host = "127.0.0.1:\(20_000 + Int.random(in: 0..<20_000))"
        let file = try directory.write(
            "registry.yml",
            "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: \(directory("registry"))}}\n"
                + "http: {addr: '\(host)'}\n")
        let registry = try ServerProcess(["sh", "-c", "exec docker-registry serve \(file) >/dev/null 2>&1"])
        defer { withExtendedLifetime(registry) {} }
        let outcome = try shell(
            """
            set -e
            until curl -s http://\(host)/v2/ >/dev/null; do sleep 0.1; done
            podman() {
              /usr/bin/podman --root "$PWD/images" --runroot "$PWD/run" --storage-driver vfs --cgroup-manager=cgroupfs "$@"
            }
            for layers in gzip zstd; do
              "$pack" unpack -q --into oci://\(host)/team/app:$layers --prefix /opt/app/env --layers $layers environment.tar
              podman pull -q --tls-verify=false \(host)/team/app:$layers >/dev/null
              root=$(podman image mount \(host)/team/app:$layers)
              head -n 1 "$root/opt/app/env/bin/app"
              ls "$root/opt/app"
              podman image unmount \(host)/team/app:$layers >/dev/null
            done
            """)
        #expect(
            outcome.output == String(repeating: "#!/opt/app/env/bin/sh\nactivate.sh\nenv\n", count: 2),
            "\(outcome.errors)")
    }

    @Test("buildah builds from the image", .enabled(if: has("buildah") && geteuid() == 0))
    func buildah() throws {
        try pack()
        let outcome = try shell(
            """
            "$pack" unpack -q --into oci:image:1 --prefix /opt/app/env --layers zstd environment.tar
            export STORAGE_DRIVER=vfs CONTAINERS_STORAGE_CONF=$PWD/storage.conf BUILDAH_ISOLATION=chroot
            printf '[storage]\\ndriver = "vfs"\\ngraphroot = "%s"\\nrunroot = "%s"\\n' "$PWD/images" "$PWD/run" >storage.conf
            buildah from --name app oci:image:1 >/dev/null
            buildah run app -- app
            """)
        #expect(outcome.output == "hello from /opt/app/env\n")
    }

    @Test("a mounted SquashFS is the environment", .enabled(if: has("sqfstar", "squashfuse")))
    func squashFS() throws {
        try pack()
        try shell("mkdir env; \"$pack\" unpack -q --into env.squashfs --prefix \"$PWD/env\" environment.tar")
        let mounted = try ChildProcess.run(
            ["/usr/bin/squashfuse", directory("env.squashfs").lossyString, directory("env").lossyString],
            environment: ["PATH": "/usr/bin:/bin"])
        // Where nothing can be mounted, it is unpacked.
        if mounted.status != 0 { try shell("unsquashfs -no-progress -f -d env env.squashfs") }
        let outcome = try shell(
            "ln -s \"$pack\" pixi-unpack; ./pixi-unpack verify -q --env env; . env/activate.sh; app")
        // The same bytes whenever it is made, down to the time of the root.
        try shell(
            "sleep 1; \"$pack\" unpack -q --into again.squashfs --prefix \"$PWD/env\" environment.tar; cmp env.squashfs again.squashfs"
        )
        if mounted.status == 0 { try shell("fusermount -u env || umount env") }
        #expect(outcome.output == "hello from \(directory("env"))\n")
    }

    @Test("a tar to standard output; a relocated environment runs") func relocated() throws {
        try pack()
        let outcome = try shell(
            """
            mkdir x
            "$pack" unpack -q --into - --prefix /opt/app/env environment.tar | tar -C x -xpf -
            ln -s "$pack" pixi-unpack
            ./pixi-unpack verify -q --env x
            ./pixi-unpack relocate -q x
            ./pixi-unpack verify -q --env x
            . x/activate.sh 2>/dev/null || :
            APP=hello x/bin/app
            mv x y
            ./pixi-unpack relocate -q y
            APP=hello y/bin/app
            """)
        #expect(outcome.output == "hello from \(directory("x"))\nhello from \(directory("y"))\n")
    }

    @Test("options that mean nothing for an image are refused") func options() throws {
        for words in [
            "--into env.tar", "--into env.tar --prefix /p -o x", "--entrypoint x",
            "--into env.tar --prefix /p --user x",
            "--into env.tar --prefix /p --repair", "--into oci:x:y --prefix /p --label x",
            "--prefix /p --run-post-link",
        ] {
            let outcome = try Executable.unpack(words.split(separator: " ").map(String.init) + ["pack.tar"])
            #expect(outcome.status == 2, "\(words): \(outcome.errors)")
        }
    }
}
