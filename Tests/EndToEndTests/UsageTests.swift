import Support
import TestKit
import Testing

@Suite("Wrong use: exit status 2, one sentence on standard error, the help named")
struct UsageTests {
    @Test(
        "wrong arguments",
        arguments: [
            (["--environmnt", "x"], "unknown option '--environmnt'. Did you mean '--environment'?"),
            (["--qqqqqqqqqq"], "unknown option '--qqqqqqqqqq'"),
            (["a", "b"], "unexpected argument 'b'"),
            (["-e"], "missing value for '-e <name>'"),
            (["-p", "amiga-500"], "'amiga-500' is not a known platform. Valid platforms are 'noarch'"),
            (["--color", "sometimes"], "the value 'sometimes' is invalid for '--color <when>'"),
            (["--verbose=yes"], "--verbose"),
            (["--sbom", "swid"], "Please provide one of 'cyclonedx' and 'spdx'"),
        ])
    func mistakes(arguments: [String], text: String) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.errors.hasPrefix("Error: "))
        #expect(outcome.errors.contains(text))
        #expect(outcome.errors.hasSuffix("\nHint: See 'pixi-pack --help'.\n"))
    }

    @Test(
        "a folder or a plain tar has no program in it [lock 68, 69]",
        arguments: [
            (
                ["--directory-only", "--create-executable"],
                "--create-executable and --directory-only cannot be used together"
            ),
            (["--pixi-unpack-source", "x"], "--pixi-unpack-source is for --create-executable only"),
        ])
    func executableOptions(arguments: [String], text: String) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    @Test(
        "what would be ignored is refused",
        arguments: [
            (["--build-wheels", "--ignore-pypi-non-wheel"], "--build-wheels and --ignore-pypi-non-wheel"),
            (["--compress-runtime"], "--compress-runtime is for --create-executable only"),
            (["unpack", "--dry-run", "--", "true"], "--dry-run and a command after -- cannot be used together"),
            (["unpack", "--verify", "--no-verify"], "--verify installs nothing: --no-verify cannot be used with it"),
            (["unpack", "--verify", "-s", "fish"], "--verify installs nothing: --shell"),
            (["unpack", "--extract-tar", "x", "-o", "y"], "--extract-tar installs nothing: --output-directory"),
            (["unpack", "--extract-tar", "x", "--force"], "--extract-tar installs nothing: --force"),
            (["unpack", "--verify", "--compile-pyc"], "--verify installs nothing: --compile-pyc"),
        ])
    func ignoredOptions(arguments: [String], text: String) throws {
        let outcome = try Executable.run(arguments)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    @Test("a command's mistake names the command's help") func command() throws {
        let outcome = try Executable.run(["unpack", "--qqqqqqqqqq"])
        #expect(outcome.status == 2)
        #expect(outcome.errors == "Error: unknown option '--qqqqqqqqqq'\nHint: See 'pixi-pack unpack --help'.\n")
    }

    @Test("a value that is none of many lists them on one line") func values() throws {
        let outcome = try Executable.unpack(["--shell", "cshell"])
        #expect(outcome.errors.contains("Please provide one of bash, sh, dash, ksh, "), "\(outcome.errors)")
    }

    @Test("pixi-unpack names its own help") func unpack() throws {
        let outcome = try Executable.unpack(["--qqqqqqqqqq"])
        #expect(outcome.status == 2)
        #expect(outcome.errors == "Error: unknown option '--qqqqqqqqqq'\nHint: See 'pixi-unpack --help'.\n")
    }

    @Test("no colours but on request") func colours() throws {
        #expect(try !Executable.run(["--qqqqqqqqqq"]).errors.contains("\u{1B}"))
    }
}
