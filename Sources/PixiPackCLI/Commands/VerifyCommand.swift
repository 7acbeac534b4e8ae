import ArgumentParser
import Install
import Packing
import Support

/// `pixi-unpack verify PACK` and `verify --env DIR`.
struct VerifyCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        _superCommandName: "pixi-unpack",
        abstract: "Verify that a pack or an environment is as it was made.",
        discussion: """
            Exit status 0 if everything is as it was made, 4 if something is not. Files of a pack that nothing gives a \
            hash for are named. Of an environment, missing, changed and extra files are listed; byte code that Python \
            makes is counted apart and is no difference.
            """)

    @Argument(
        help: ArgumentHelp(
            "The pack; - is standard input.",
            discussion: """
                A file, a folder, environment.sh, a URL or a reference (oci:); by default environment.tar. The folder of an environment is checked \
                as with --env.
                """))
    var packFile: PathArgument?

    @Option(
        help: ArgumentHelp("Verify the environment in this folder.", valueName: "dir"))
    var env: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Verify the files in every package, too.",
            discussion: "Each package is unpacked in memory and compared with its own list of files."))
    var deep = false

    @Flag(help: "Make an error of files without a hash to verify them by.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "The most the pack may unpack to.",
            discussion: """
                In bytes, or with K, M or G behind the number: of a compressed pack its tar, with --deep its packages. \
                By default as much as there is room for, and what is usual for packages.
                """,
            valueName: "size"))
    var maxUnpackedSize: ByteCountArgument?

    @Option(
        help: ArgumentHelp(
            "How many files to read at a time.", discussion: "By default one for each CPU.", valueName: "n"))
    var jobs: WorkerCount?

    @OptionGroup var trust: TrustOptions
    @OptionGroup(title: "Packs elsewhere") var network: NetworkOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func validate() throws {
        guard env != nil else { return }
        if packFile != nil { throw ValidationError("--env and a pack cannot be checked together") }
        if trust.verifyKey != nil { throw ValidationError("--verify-key is for packs only") }
        if let option = givenPackOptions().first { throw ValidationError("\(option) is for packs only") }
    }

    /// The options that were given and mean nothing for an environment.
    private func givenPackOptions() -> [String] {
        givenOptions().filter { ["--deep", "--strict", "--max-unpacked-size"].contains($0) }
    }

    func run(_ console: Console) throws {
        if let env { return try verify(environment: env.path, console) }
        let source = PackSource(argument: packFile?.path ?? "environment.tar")
        if case .path(let path) = source, source.isEnvironment, trust.verifyKey == nil {
            if let option = givenPackOptions().first {
                throw Failure(
                    "\(option) is for packs, '\(path)' is an environment", remedy: "Leave it out, or name a pack.")
            }
            console.reporter.note("'\(path)' is an environment, not a pack: its files are compared with its records.")
            return try verify(environment: path, console)
        }
        let pack = try source.open(
            spoolingTo: ".", trust: trust.load(), maximumSize: maxUnpackedSize?.bytes,
            network: network.settings(for: [packFile], reporter: console.reporter), reporter: console.reporter)
        pack.reportSignature(console.reporter)
        let verifier = PackVerifier(
            pack, reporter: console.reporter, jobs: jobs?.count ?? WorkerPool.usableCPUs, isDeep: deep,
            maximumSize: maxUnpackedSize?.bytes)
        guard json else {
            let summary = try verifier.verify()
            VerifyCommand.say(summary, console)
            return try requireHashes(summary, pack)
        }
        try requireHashes(try VerifyCommand.show(verifier, pack, console), pack)
    }

    /// Checks a pack and prints the result as JSON.
    ///
    /// - Throws: `Failure` afterwards, if something is wrong.
    static func show(_ verifier: PackVerifier, _ pack: OpenPack, _ console: Console) throws -> PackVerifier.Summary {
        let began = MonotonicClock.seconds
        let summary = try verifier.check()
        try console.output(
            jsonText { writer in
                writer.key("pack")
                writer.value(pack.reader.path)
                writer.member("files", Optional(summary.files))
                writer.member("bytes", Optional(summary.bytes))
                writer.member("without-hash", Optional(summary.unknown.count))
                writer.member("unverified", summary.unknown.map(\.lossyString))
                writer.member("problems", (summary.problems + summary.tooLarge).map(\.text))
                writer.member("warnings", console.reporter.warnings)
                writer.key("seconds")
                writer.value(seconds: MonotonicClock.seconds - began)
            })
        if let failure = verifier.failure(summary) {
            let count = summary.problems.count
            if count == 0 { throw failure }
            throw Failure(
                "'\(pack.reader.path)': this file is damaged: \(count == 1 ? "1 problem" : "\(count) problems")",
                remedy: failure.advice, kind: .integrity)
        }
        return summary
    }

    /// - Throws: `Failure` with `--strict`, if something has no hash.
    private func requireHashes(_ summary: PackVerifier.Summary, _ pack: OpenPack) throws {
        if summary.unknown.isEmpty || !strict { return }
        throw Failure(
            "'\(pack.reader.path)' has files without a hash to compare with: \(VerifyCommand.list(summary.unknown))",
            remedy: "Pack it again without --compat original, or verify it without --strict.", kind: .integrity)
    }

    /// What holds of a pack in which nothing is wrong.
    static func say(_ summary: PackVerifier.Summary, _ console: Console) {
        if summary.unknown.isEmpty {
            return console.reporter.note("\(summary.files) files are as they were packed")
        }
        console.reporter.note(
            "\(summary.verified) of \(summary.files) verified; no hash for: \(list(summary.unknown))")
    }

    /// The first names, and how many more there are.
    private static func list(_ names: [ByteString]) -> Message {
        let shown = names.prefix(20).map { "\($0)" as Message }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more (--json lists them)" : shown
    }

    private func verify(environment path: ByteString, _ console: Console) throws {
        let report = try EnvironmentVerifier(path, jobs: jobs?.count, reporter: console.reporter).verify()
        if json {
            try console.output(
                jsonText { writer in
                    writer.key("environment")
                    writer.value(path)
                    report.writeMembers(to: &writer)
                })
        } else {
            try console.output(VerifyCommand.text(report))
        }
        if let place = report.finalPrefix {
            console.reporter.note("The environment was made for '\(place)' and is to be used there.")
        }
        let byteCode: Message = report.byteCode == 0 ? "" : "; byte code: \(report.byteCode) files"
        guard !report.isClean else {
            return console.reporter.note("\(report.files) files are as their packages brought them\(byteCode)")
        }
        var counts = [
            (report.missing.count, "missing"), (report.changed.count, "changed"), (report.extra.count, "extra"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" as Message }
        if report.madeFor != nil { counts.append("made for another place") }
        if report.isUnfinished { counts.append("an update was broken off") }
        throw Failure(
            "the environment '\(path)' is not as its packages brought it: "
                + "\(counts.listed()) (\(report.files) files compared\(byteCode))",
            remedy: "Unpack the pack again with --repair; what is extra stays.", kind: .integrity)
    }

    /// A line for each file.
    private static func text(_ report: EnvironmentReport) -> Message {
        var text = report.missing.map { "missing  \($0.path)  (\($0.owner))\n" as Message }.joined()
        text += report.changed.map { "changed  \($0.path)  (\($0.owner): \($0.reason ?? ""))\n" as Message }.joined()
        text += report.extra.map { "extra    \($0)\n" as Message }.joined()
        if let place = report.madeFor { text += "moved    made for '\(place)'\n" }
        return text
    }
}
