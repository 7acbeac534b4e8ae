import Support
import TestKit
import Testing

@Suite("Lock files of the shared data", .enabled(if: Shared.isPresent, Comment(rawValue: Shared.missing)))
struct LockConformanceTests {
    /// Runs `pixi-pack list` on a lock file of the data, under the name a workspace has it by.
    private func list(_ name: String, _ arguments: [String]) throws -> ChildProcess.Outcome {
        let workspace = try TemporaryDirectory()
        try Sys.symlink(GoldenLocks.path(name), at: workspace("pixi.lock"))
        return try Executable.run(["list", workspace.path.lossyString] + arguments)
    }

    @Test("every lock file of the corpus reads as the original reads it [lock 4]")
    func golden() throws {
        let errors = try GoldenLocks.errors()
        for name in try GoldenLocks.names() where errors[name] == nil {
            let golden = try #require(try GoldenLocks.golden(name), "\(name) has golden data")
            let outcome = try list(name, ["--all", "--json"])
            guard outcome.status == 0 else {
                Issue.record("\(name): \(outcome.errors)")
                continue
            }
            let listing = try JSONDocument(Array(outcome.output.utf8)).root
            let differences = GoldenLocks.differences(listing: listing, golden: golden)
            #expect(differences.isEmpty, "\(name): \(differences.count) differences\n\(differences.first ?? "")")
        }
    }

    @Test("what the original refuses is refused for the same reason")
    func errors() throws {
        for (name, message) in try GoldenLocks.errors() {
            let outcome = try list(name, ["--all", "--json"])
            #expect(outcome.hasFailed, "\(name)")
            #expect(outcome.output == "", "\(name)")
            // The place and the library's wording of subdirs differ.
            let reason = message.split(separator: " at line")[0].split(separator: ": ").last ?? ""
            let expected = message.contains("as a Subdir") ? "failed to parse ''linux-XX' is not a known" : "\(reason)"
            #expect(outcome.errors.contains(expected), "\(name): \(outcome.errors)")
        }
    }
}
