import Support
import TestKit
import Testing

@Suite("A pack that goes to a pipe")
struct StreamingTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func shell(_ line: String) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: ["PATH": "/usr/bin:/bin", "pack": Executable.pack, "TMPDIR": folder("tmp").lossyString],
            in: folder.path)
    }

    /// A server whose packages a, b and c are in the workspace's lock file, c with the given faults.
    private func serve(_ faults: String) throws -> FaultServer {
        let server = try FaultServer()
        var workspace = WorkspaceBuilder(in: folder)
        for (seed, name) in ["a", "b", "c"].enumerated() {
            let path = "/linux-64/\(name)-1.0-0.conda"
            let file = try server.file(path, size: 100_000, seed: seed)
            workspace.add("conda", server.url(path), ["sha256: \(file.sha256)", "size: 100000", "subdir: linux-64"])
        }
        try workspace.wheel("w-1.0-py3-none-any.whl", [1, 2, 3], name: "w")
        try workspace.write()
        try Sys.makeDirectories(folder("tmp"))
        try server.faults("/linux-64/c-1.0-0.conda", faults)
        return server
    }

    @Test("packages are written while later ones are on their way")
    func streams() throws {
        // The server keeps the end of the last package until the reader has seen the first one.
        let server = try serve(#"{"kind": "await", "at": 99999, "file": "\#(folder("seen").lossyString)"}"#)
        let outcome = try shell(
            """
            "$pack" -q --no-config --no-plan-check -p linux-64 -o - workspace 2>errors | { head -c 101900 >start; : >seen; cat >end; }
            cat errors; cat start end >piped.tar
            "$pack" -q --no-config --no-plan-check -p linux-64 -o file.tar workspace && cmp piped.tar file.tar && ls -A tmp
            """)
        #expect(outcome.status == 0 && outcome.output == "", "\(outcome.output)\(outcome.errors)")
        #expect(try folder.read("start").count == 101_900)
        #expect(try folder.read("piped.tar").count > 300_000)
        withExtendedLifetime(server) {}
    }

    @Test("a failure in the middle: an error, status 1, and no pack")
    func failsInTheMiddle() throws {
        let server = try serve(#"{"kind": "status", "code": 404}, {"kind": "status", "code": 404}"#)
        for mode in ["", "--compat original"] {
            let outcome = try shell(#""$pack" -q --no-config \#(mode) -p linux-64 -o - workspace >piped.tar"#)
            #expect(outcome.hasFailed)
            #expect(outcome.errors.contains("c-1.0-0.conda") && outcome.errors.contains("404"), "\(outcome.errors)")
            let unpacked = try Executable.unpack(["piped.tar", "-o", "out"], in: folder.path)
            #expect(unpacked.hasFailed)
            #expect(try !Sys.exists(folder("out/env")))
        }
        withExtendedLifetime(server) {}
    }

    @Test("a reader that goes away ends the run with an error")
    func brokenPipe() throws {
        let server = try serve("")
        let outcome = try shell(
            """
            { "$pack" -q --no-config --no-plan-check -p linux-64 -o - workspace; echo "status $?" >status; } | head -c 1000 >start
            cat status
            """)
        #expect(outcome.output == "status 1\n")
        #expect(outcome.errors.contains("could not write 'standard output'"), "\(outcome.errors)")
        #expect(outcome.errors.contains("Broken pipe"))
        withExtendedLifetime(server) {}
    }

    @Test("memory does not grow with the packages")
    func memory() throws {
        var workspace = WorkspaceBuilder(in: folder)
        for name in ["a", "b", "c", "d"] {
            try workspace.conda("\(name)-1.0-0.conda", [UInt8](repeating: name.utf8.first ?? 0, count: 40 << 20))
        }
        try workspace.write()
        try Sys.makeDirectories(folder("tmp"))
        let script = """
            import resource, subprocess, sys
            with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE) as child:
                size = 0
                while data := child.stdout.read(65536):
                    size += len(data)
            print(child.returncode, size > 160 << 20, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            """
        try folder.write("run.py", script)
        let outcome = try shell(#"python3 run.py "$pack" -q --no-config --no-plan-check -p linux-64 -o - workspace"#)
        let words = outcome.output.split(whereSeparator: \.isWhitespace)
        #expect(words.prefix(2) == ["0", "True"], "\(outcome.output)\(outcome.errors)")
        let kilobytes = try #require(words.last.flatMap { Int($0) })
        #expect(Sanitizer.isActive || kilobytes < 100_000)
    }
}
