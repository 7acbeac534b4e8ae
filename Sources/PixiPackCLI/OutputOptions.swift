import ArgumentParser
import Packing
import Support

/// Where the pack goes, and in which form (spec lock §6.3, §6.4).
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            """
            The pack; - is standard output. (default: environment.tar; environment with --directory-only; \
            environment.sh or, for Windows, environment.ps1 with --create-executable)
            """,
            valueName: "file"))
    var outputFile: PathArgument?

    @Flag(help: "Write a folder instead of an archive.")
    var directoryOnly = false

    @Flag(help: "Write a program that unpacks itself.")
    var createExecutable = false

    @Option(
        help: ArgumentHelp(
            "The pixi-unpack to put into the program, where it is not this one's: for another platform.",
            valueName: "path|url"))
    var pixiUnpackSource: PathArgument?

    @Option(help: ArgumentHelp("The SHA-256 that pixi-unpack must have.", valueName: "hex"))
    var pixiUnpackSha256: DigestArgument?

    @Flag(help: "Compress the pixi-unpack inside: smaller, starts later, and needs gzip where it is run.")
    var compressRuntime = false

    func validate() throws {
        if createExecutable && directoryOnly {
            throw ValidationError("--create-executable and --directory-only cannot be used together")
        }
        let dependent = [
            ("--pixi-unpack-source", pixiUnpackSource != nil), ("--pixi-unpack-sha256", pixiUnpackSha256 != nil),
            ("--compress-runtime", compressRuntime),
        ]
        if !createExecutable, let option = dependent.first(where: \.1)?.0 {
            throw ValidationError("\(option) is for --create-executable only")
        }
    }

    var output: PackOutput {
        if createExecutable {
            var source = RuntimeSource(name: pixiUnpackSource?.path, sha256: pixiUnpackSha256?.digest)
            source.isCompressed = compressRuntime
            return .executable(outputFile?.path, source)
        }
        return .named(outputFile?.path, directoryOnly: directoryOnly)
    }
}

/// A SHA-256 on the command line.
struct DigestArgument: ExpressibleByArgument {
    let digest: SHA256Digest

    init?(argument: String) {
        guard let digest = SHA256Digest(hex: argument) else { return nil }
        self.digest = digest
    }
}
