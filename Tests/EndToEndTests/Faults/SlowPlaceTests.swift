import Support
import TestKit
import Testing

/// Places where each call waits for a server, as with NFS.
@Suite("Slow file systems", .enabled(if: FaultBuild.isPresent, "needs the debug build")) struct SlowPlaceTests {
    private static let delays = ["open", "mkdir", "utimes", "close"].map { "\($0):delay=2000" }.joined(separator: ",")

    @Test("more files are under way than there are processors, unless a number of workers was asked for")
    func severalAtOnce() throws {
        let directory = try TemporaryDirectory()
        var workspace = WorkspaceBuilder(in: directory)
        for number in 0..<24 {
            var package = CondaBuilder("p\(number)")
            for file in 0..<20 { package.file("share/p\(number)/d\(file % 4)/f\(file)", "contents of \(file)") }
            try workspace.conda("p\(number)-1.0-0.conda", package.conda())
        }
        try workspace.write()
        let packed = try Executable.run(["-q", "-p", "linux-64", "-o", "pack.tar", "workspace"], in: directory.path)
        #expect(packed.status == 0, "\(packed.errors)")

        /// The seconds that unpacking takes.
        func unpack(to place: String, _ options: [String]) throws -> Double {
            let start = MonotonicClock.seconds
            let outcome = try Executable.unpack(
                ["-q", "--skip-host-check", "-o", place, "pack.tar"] + options,
                environment: ["PIXI_PACK_FAULT": SlowPlaceTests.delays], in: directory.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return MonotonicClock.seconds - start
        }
        let alone = try unpack(to: "alone", ["--jobs", "1"])
        let together = try unpack(to: "together", [])
        // Some 2,000 calls of 2 ms; a busy machine makes both longer.
        #expect(alone - together > 2, "\(together) s against \(alone) s")
        let trees = try ["alone", "together"].map { place in
            try Tree(of: directory(place).appending(path: "env/share"))
        }
        #expect(trees[0] == trees[1], "\(trees[0].differences(from: trees[1]))")
    }
}
