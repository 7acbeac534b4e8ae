import LibC
import Support
import TestKit
import Testing

/// Disks that are full, read-only or odd. What has to be mounted is mounted in a namespace of its own.
@Suite("Disks") struct DiskTests {
    /// Whether file systems may be mounted here.
    static let mayMount: Bool = {
        guard let unshare = ChildProcess.find("unshare") else { return false }
        let outcome = try? ChildProcess.run(
            [unshare, "-rm", "/bin/sh", "-c", "mount -t tmpfs none /mnt"], environment: ["PATH": "/usr/bin:/bin"])
        return outcome?.status == 0
    }()

    /// Runs a shell line with file systems of its own; the program is `$pack`, the folder `$here`.
    private func shell(_ line: String, in folder: TemporaryDirectory) throws -> ChildProcess.Outcome {
        guard let unshare = ChildProcess.find("unshare") else { throw Failure("no unshare") }
        return try ChildProcess.run(
            [unshare, "-rm", "/bin/sh", "-c", line],
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "pack": Executable.pack, "here": folder.path.lossyString,
            ],
            in: folder.path)
    }

    /// A pack with one package of some files, as a workspace at `ws` and a tar at `pack.tar`.
    private func makePack(_ directory: TemporaryDirectory, _ fill: (inout CondaBuilder) -> Void) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: "ws")
        var package = CondaBuilder("big")
        fill(&package)
        try workspace.conda("big-1.0-0.conda", package.conda())
        try workspace.write()
        let outcome = try Executable.run(
            ["-q", "-p", "linux-64", "-o", directory("pack.tar").lossyString, directory("ws").lossyString])
        if outcome.status != 0 { throw Failure("\(outcome.errors)") }
    }

    /// Bytes that do not get smaller.
    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    @Test("too little room is said before anything is written", .enabled(if: mayMount, "nothing can be mounted here"))
    func tooSmall() throws {
        let directory = try TemporaryDirectory()
        try makePack(directory) { $0.file("share/big", noise(3 << 20)) }
        let start = "mkdir small && mount -t tmpfs -o size=1m none small && "
        let unpack = try shell(
            start + "\"$pack\" unpack -q -o small pack.tar; s=$?; ls -A small; exit $s", in: directory)
        #expect(unpack.hasFailed)
        #expect(
            unpack.errors.hasPrefix("Error: the environment needs 3.00 MiB, 1.00 MiB free on '\(directory("small"))'"),
            "\(unpack.errors)")
        #expect(unpack.output == "")
        for form in ["", "--bundle"] {
            let pack = try shell(
                "mount -t tmpfs -o size=1m none small && \"$pack\" -q -p linux-64 \(form) -o small/p.tar ws; s=$?; "
                    + "ls -A small; exit $s", in: directory)
            #expect(pack.hasFailed)
            #expect(pack.errors.contains("the pack 'p.tar' needs 3.0"), "\(pack.errors)")
            #expect(pack.errors.contains(", 1.00 MiB free on 'small'"), "\(pack.errors)")
            #expect(pack.output == "")
        }
    }

    @Test("a disk that fills up meanwhile is left as it was", .enabled(if: mayMount, "nothing can be mounted here"))
    func fillsUp() throws {
        let directory = try TemporaryDirectory()
        // Ten thousand files of one byte need a page each: more than their sizes tell.
        try makePack(directory) { for number in 0..<10_000 { $0.file("share/\(number)", [1]) } }
        let outcome = try shell(
            "mkdir small && mount -t tmpfs -o size=4m none small && \"$pack\" unpack -q -o small pack.tar; s=$?; "
                + "ls -A small; exit $s", in: directory)
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("No space left on device (os error 28)"), "\(outcome.errors)")
        #expect(outcome.output == "")
    }

    @Test("a read-only target is refused by name", .enabled(if: mayMount, "nothing can be mounted here"))
    func readOnly() throws {
        let directory = try TemporaryDirectory()
        try makePack(directory) { $0.file("share/file", "text") }
        let mount = "mkdir ro && mount -t tmpfs -o ro none ro && "
        let unpack = try shell(mount + "\"$pack\" unpack -q -o ro pack.tar", in: directory)
        #expect(unpack.hasFailed)
        #expect(unpack.errors.contains("/ro"), "\(unpack.errors)")
        #expect(unpack.errors.contains("Read-only file system"), "\(unpack.errors)")
        let pack = try shell("mount -t tmpfs -o ro none ro && \"$pack\" -q -p linux-64 -o ro/p.tar ws", in: directory)
        #expect(pack.hasFailed)
        #expect(pack.errors.contains("'ro/p.tar'"), "\(pack.errors)")
        #expect(pack.errors.contains("Read-only file system"), "\(pack.errors)")
    }

    @Test("names of 255 bytes and folders 120 deep") func longNames() throws {
        let directory = try TemporaryDirectory()
        let name = String(repeating: "n", count: 255)
        let deep = (0..<120).map { "folder\($0)" }.joined(separator: "/")
        try makePack(directory) { package in
            package.file("share/\(name)", "long")
            package.file("\(deep)/file", "deep")
        }
        let environmentName = String(repeating: "e", count: 255)
        let outcome = try Executable.unpack(
            ["-q", "-o", directory("out").lossyString, "-e", environmentName, directory("pack.tar").lossyString])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("out/\(environmentName)/share/\(name)") == Array("long".utf8))
        #expect(try directory.read("out/\(environmentName)/\(deep)/file") == Array("deep".utf8))
        let longPack = String(repeating: "p", count: 255)
        let pack = try Executable.run(
            ["-q", "-p", "linux-64", "-o", directory(longPack).lossyString, directory("ws").lossyString])
        #expect(pack.status == 0, "\(pack.errors)")
        #expect(try directory.read(longPack) == directory.read("pack.tar"))
    }
}
