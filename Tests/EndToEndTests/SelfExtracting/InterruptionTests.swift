import Support
import TestKit
import Testing

extension SelfExtractingPackTests {
    /// Whenever it is interrupted, nothing is left of it.
    @Suite struct Interruptions {
        let yard: PackYard

        init() throws { yard = try PackYard() }

        /// Starts the pack, sends a signal some seconds later, and waits for its end.
        private func interrupt(_ signal: String, after delay: Double) throws {
            _ = try ChildProcess.run(
                // Jobs of a shell without job control ignore SIGINT.
                [
                    "/bin/bash", "-c",
                    "set -m; \"$environment\" -q -o interrupted & child=$!; sleep \(delay); kill -\(signal) $child; wait $child; true",
                ],
                environment: [
                    "PATH": "/usr/bin:/bin", "environment": yard.directory("environment.sh").lossyString,
                    "HOME": yard.directory("home").lossyString, "TMPDIR": yard.directory("tmp").lossyString,
                ], in: yard.directory.path)
        }

        @Test(
            "a signal at any moment leaves neither program nor half an environment", arguments: ["INT", "TERM", "HUP"])
        func signals(_ signal: String) throws {
            for delay in [0, 0.005, 0.01, 0.02, 0.03, 0.035, 0.04, 0.045, 0.05, 0.055, 0.06, 0.08] {
                try interrupt(signal, after: delay)
                try yard.expectNothingLeft(output: "interrupted", "SIG\(signal) after \(delay) s")
                try yard.check("rm -rf interrupted tmp && mkdir tmp")
            }
        }

        @Test("after SIGKILL at any moment the next run makes it whole and cleans up")
        func kills() throws {
            for delay in [
                0, 0.004, 0.008, 0.012, 0.016, 0.02, 0.024, 0.028, 0.032, 0.036, 0.04, 0.044, 0.048, 0.052, 0.056, 0.06,
                0.07, 0.08, 0.1, 0.12,
            ] {
                try interrupt("KILL", after: delay)
                try yard.check("$environment -q --force -o interrupted")
                try yard.expectWhole("interrupted")
                try yard.expectNothingLeft(output: "interrupted", "SIGKILL after \(delay) s, and once more")
                try yard.check("rm -rf interrupted tmp && mkdir tmp")
            }
        }
    }
}
