import LibC
import Support
import TestKit
import Testing

/// Signals that come while the program waits or works.
@Suite("Signals") struct SignalTests {
    /// Starts a shell line with the program as `$pack`, and sends it the signal when `$ready` has appeared in the folder
    /// or a second is over. Prints the status, and how many tenths of a second it took to end.
    private func interrupt(_ signal: String, _ line: String, in folder: TemporaryDirectory) throws
        -> ChildProcess.Outcome
    {
        let script = """
            set -m
            \(line) &
            child=$!
            for i in $(seq 100); do [ -e ready ] && break; sleep 0.1; done
            sleep 0.5
            start=$(date +%s%N)
            kill -\(signal) $child
            wait $child
            status=$?
            echo "status $status"
            echo "tenths $(( ($(date +%s%N) - start) / 100000000 ))" >&2
            """
        return try ChildProcess.run(
            ["/bin/bash", "-c", script], environment: ["PATH": "/usr/bin:/bin", "pack": Executable.pack],
            in: folder.path)
    }

    /// Less than a second passed; under load a little more is forgiven.
    private func isQuick(_ outcome: ChildProcess.Outcome) -> Bool {
        guard let words = outcome.errors.firstRange(of: "tenths ") else { return false }
        return Int(outcome.errors[words.upperBound...].prefix { $0.isNumber }).map { $0 <= 20 } ?? false
    }

    @Test("a stalled download stops within a second", arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
    func stalledDownload(_ signal: String, _ status: Int) throws {
        let directory = try TemporaryDirectory()
        // Accepts connections and says nothing.
        let code = """
            import socket, sys, time
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
            print(s.getsockname()[1], flush=True)
            c = s.accept()
            open(sys.argv[1], "w")
            time.sleep(600)
            """
        let server = try ServerProcess(["python3", "-c", code, directory("ready").lossyString])
        let port = try server.readLine()
        var workspace = WorkspaceBuilder(in: directory, folder: "ws")
        workspace.add(
            "conda", "http://127.0.0.1:\(port)/linux-64/a-1.0-0.conda",
            ["sha256: \(SHA256Hasher.hash([]).hex)", "subdir: linux-64"])
        try workspace.write()
        try Sys.mkdir(directory("out"))
        let outcome = try interrupt(signal, "\"$pack\" -q -p linux-64 -o out/pack.tar ws", in: directory)
        #expect(outcome.output == "status \(status)\n", "\(outcome.errors)")
        #expect(isQuick(outcome), "\(outcome.errors)")
        #expect(outcome.errors.contains("interrupted"), "\(outcome.errors)")
        #expect(try Sys.list(directory("out")) == [])
        withExtendedLifetime(server) {}
    }

    @Test("a stalled pipe stops within a second", arguments: [("INT", 130), ("TERM", 143)])
    func stalledPipe(_ signal: String, _ status: Int) throws {
        let directory = try TemporaryDirectory()
        let outcome = try interrupt(
            signal, "exec 3< <(sleep 3; : >ready; sleep 600); \"$pack\" unpack -q -o out - <&3", in: directory)
        #expect(outcome.output == "status \(status)\n", "\(outcome.errors)")
        #expect(isQuick(outcome), "\(outcome.errors)")
        #expect(try !Sys.exists(directory("out")))
    }

    @Test("a large file is not written to its end", .enabled(if: FaultBuild.isPresent, "needs the debug build"))
    func largeFile() throws {
        let directory = try TemporaryDirectory()
        var workspace = WorkspaceBuilder(in: directory, folder: "ws")
        var package = CondaBuilder("large")
        package.file("share/large", [UInt8](repeating: 0, count: 64 << 20))
        try workspace.conda("large-1.0-0.conda", package.conda())
        try workspace.write()
        let arguments = ["-q", "-p", "linux-64", "-o", directory("pack.tar").lossyString, directory("ws").lossyString]
        #expect(try Executable.run(arguments).status == 0)
        func calls(_ fault: [String: String]) throws -> (status: Int32, calls: [Substring]) {
            let log = directory("log")
            try? Sys.unlink(log)
            let outcome = try Executable.unpack(
                ["-q", "--jobs", "1", "-o", directory("out").lossyString, directory("pack.tar").lossyString],
                environment: fault.merging(["PIXI_PACK_FAULT_LOG": log.lossyString]) { $1 })
            let lines = String(decoding: try directory.read("log"), as: UTF8.self).split(separator: "\n")
            return (outcome.status, lines)
        }
        let whole = try calls([:])
        #expect(whole.status == 0)
        let writes = whole.calls.indices.filter { whole.calls[$0].hasPrefix("write ") }
        let tenth = try #require(writes.dropFirst(10).first)
        try RemoveTree.remove(directory("out"))
        let stopped = try calls(["PIXI_PACK_FAULT": "\(tenth):signal=\(SIGTERM)"])
        #expect(stopped.status == 143)
        #expect(writes.count > 40)
        #expect(stopped.calls.count { $0.hasPrefix("write ") } < 20)
        #expect(try !Sys.exists(directory("out")))
    }
}
