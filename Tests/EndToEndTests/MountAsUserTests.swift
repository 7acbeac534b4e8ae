import Support
import TestKit
import Testing

import LibC

/// Images that are mounted by somebody who is not root, where `/dev/fuse` is everybody's, as it is on most machines.
@Suite("an image, mounted by a user", .enabled(if: Executable.isLinux64 && ImageTests.has("sqfstar")))
struct MountAsUserTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A view of the machine of its own in which everybody may use `/dev/fuse`, and a user without rights.
    private static let prelude = """
        mount --make-rprivate / && mkdir -p dev && mount -t tmpfs -o mode=755 devices dev &&
        for name in null zero random urandom tty; do : >dev/$name && mount --bind /dev/$name dev/$name; done
        mknod -m 666 dev/fuse c 10 229 && ln -s /proc/self/fd dev/fd && mount --rbind dev /dev || exit 90
        user() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; }

        """

    static let canMount: Bool = {
        guard OtherUser.canAct, ImageTests.has("squashfuse"), ImageTests.has("fusermount3"),
            ImageTests.has("mksquashfs"),
            let directory = try? TemporaryDirectory()
        else { return false }
        let line = """
            mkdir tree home && echo 1 >tree/a && mksquashfs tree image -comp zstd -noappend -quiet >/dev/null &&
            mkdir home/place && chown -R 65534 home && chmod 755 . && user squashfuse image home/place && user test -f home/place/a
            """
        return (try? run(line, in: directory).status) == 0
    }()

    private static func run(_ line: String, in directory: TemporaryDirectory) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/usr/bin/unshare", "-m", "--", "/bin/sh", "-c", prelude + line],
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "pack": Executable.pack,
                "HOME": directory("home").lossyString,
            ], in: directory.path)
    }

    @Test(
        "a command runs in it, and 'mount DIR' shows it, by squashfuse",
        .enabled(if: canMount, "needs root, a device /dev/fuse and squashfuse"))
    func user() throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "workspace")
        var app = CondaBuilder("app")
        app.file("bin/sh", try File.open(ByteString(ImageTests.busybox)).slice().readAll(), mode: 0o755)
        app.file("bin/app", "#!/bin/sh\necho here\n", mode: 0o755)
        try workspace.conda("app-1.0-0.conda", app.conda())
        try workspace.write()
        let outcome = try MountAsUserTests.run(
            """
            "$pack" -q --no-config -p linux-64 --create-executable --pixi-unpack-source "$pack" \
                --squashfs="$HOME/place" -o environment.sh workspace || exit 91
            mkdir home && chown 65534 home && chmod 755 . environment.sh
            user ./environment.sh -- app || exit 92
            grep -o "$HOME/place .* fuse.squashfuse.*user_id=65534" /proc/self/mountinfo | grep -c place
            user ./environment.sh mount home/other && user cat home/other/bin/app | tail -1 || exit 93
            user fusermount3 -u home/other || exit 94
            for i in $(seq 100); do grep -q "$HOME/place " /proc/self/mountinfo || break; sleep 0.1; done
            user test ! -e home/place && echo gone
            """, in: directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "here\n1\necho here\ngone\n", "\(outcome.output) \(outcome.errors)")
    }
}
