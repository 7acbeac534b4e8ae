import LibC
import Support
import TestKit
import Testing

@Suite("Packs that arrive slowly")
struct ArrivingPackTests {
    private let folder: TemporaryDirectory
    private let example = Executable.checkout + "/docs/example"

    init() throws {
        folder = try TemporaryDirectory()
        let outcome = try shell("\"$pack\" -q -o file.tar \"$example\"; cp -r \"$example\" example")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private func shell(_ line: String) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: ["PATH": "/usr/bin:/bin", "pack": Executable.pack, "example": example], in: folder.path)
    }

    /// Sends all of a pack but its end, waits until packages are unpacked, and does something then, with the number of the
    /// process as `$pid`.
    private func arriving(_ then: String) throws -> ChildProcess.Outcome {
        try shell(
            """
            mkfifo pipe
            "$pack" unpack -q -o out - < pipe & pid=$!
            { head -c $(($(wc -c < file.tar) - 11000)) file.tar
              tries=0
              while [ -z "$(find . -path './.env.partial-*' -name greet -type f)" ] && [ $tries -lt 200 ]; do
                  tries=$((tries + 1)); sleep 0.05
              done
              find . -path './.env.partial-*' -name greet -type f | wc -l > unpacked
              ls -d out > visible 2> /dev/null
              \(then)
            } > pipe
            wait $pid
            """)
    }

    @Test("packages are unpacked while the rest is still to come, and nothing is seen of it before all has")
    func unpacked() throws {
        let outcome = try arriving("tail -c 11000 file.tar")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try folder.read("unpacked") == Array("1\n".utf8))
        #expect(try folder.read("visible").isEmpty)
        #expect(
            try shell(". out/activate.sh && greet && \"$pack\" unpack verify --env out/env > /dev/null && ls -A").output
                .hasPrefix("Saluton, world!"))
        #expect(try Sys.list(folder.path).filter { $0.hasPrefix(".") } == [])
    }

    @Test("of a pack that never comes whole nothing is left")
    func cutOff() throws {
        let outcome = try arriving(":")
        #expect(outcome.status != 0 && outcome.errors.contains("is cut off"), "\(outcome.errors)")
        #expect(try folder.read("unpacked") == Array("1\n".utf8))
        #expect(try Sys.list(folder.path).filter { $0.hasPrefix(".") || $0 == "out" } == [])
    }

    @Test("a run that is interrupted leaves nothing")
    func interrupted() throws {
        let outcome = try arriving("kill $pid; sleep 1")
        #expect(outcome.status == 143, "\(outcome.errors)")
        #expect(try folder.read("unpacked") == Array("1\n".utf8))
        #expect(try Sys.list(folder.path).filter { $0.hasPrefix(".") || $0 == "out" } == [])
    }

    @Test("what a killed run left is removed by the next one")
    func killed() throws {
        let outcome = try shell(
            """
            { cat file.tar | head -c 20000; sleep 1; } | sh -c 'exec timeout -s KILL 0.5 "$pack" unpack -q -o out -'
            "$pack" unpack -q -o out - < file.tar > /dev/null; cat file.tar | "$pack" unpack -q -o out/two - && ls -A
            """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Sys.list(folder.path).filter { $0.hasPrefix(".") } == [])
    }
}
