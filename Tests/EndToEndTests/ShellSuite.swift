import Support
import TestKit
import Testing

/// What the suites begin with whose tests are lines of a shell: each test has a folder for itself, which is also the home
/// of what runs there.
///
/// In the lines `$pack` is the program, `pack` packs in silence and without a configuration, and `unpack` is
/// `pixi-unpack`.
class ShellSuite {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-unpack"))
    }

    private static let functions = """
        set -e
        pack() { "$pack" -q --no-config "$@"; }
        unpack() { "$HOME/pixi-unpack" "$@"; }

        """

    /// Runs lines, which end with the first command that fails.
    func shell(_ lines: String, _ variables: [String: String] = [:]) throws -> ChildProcess.Outcome {
        let home = directory.path.lossyString
        let common = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "pack": Executable.pack,
            "HOME": home, "TMPDIR": home, "XDG_RUNTIME_DIR": home,
        ]
        return try ChildProcess.run(
            ["/bin/sh", "-c", ShellSuite.functions + lines], environment: common.merging(variables) { $1 },
            in: directory.path)
    }

    /// Runs lines that have to succeed.
    ///
    /// - Returns: what they print.
    @discardableResult
    func require(
        _ lines: String, _ variables: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let outcome = try shell(lines, variables)
        try #require(
            outcome.status == 0, "\(lines): \(outcome.errors)\(outcome.output)", sourceLocation: sourceLocation)
        return outcome.output
    }
}
