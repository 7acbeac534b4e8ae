import ArgumentParser
import Install
import Packing
import Support

/// `pixi-unpack verify PACK` and `verify --env DIR`.
struct VerifyCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        _superCommandName: "pixi-unpack",
        abstract: "Check the hashes of a pack, or an environment against its own records.",
        discussion: """
            Exit status 0 if everything is as it was made, 1 if something is not. Of an environment, missing, changed \
            and extra files are listed; byte code that Python makes is counted apart and is no difference.
            """)

    @Argument(
        help: ArgumentHelp(
            "The pack; - is standard input.",
            discussion: "A file, a folder or environment.sh; by default environment.tar."))
    var packFile: PathArgument?

    @Option(
        name: .customLong("env"),
        help: ArgumentHelp("Check the environment in this folder.", valueName: "dir"))
    var environment: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Check the files of every package, too.",
            discussion: "Each package is unpacked in memory and compared with its own list of files."))
    var deep = false

    @Option(
        help: ArgumentHelp(
            "How many files to read at a time.", discussion: "By default one for each CPU.", valueName: "n"))
    var jobs: WorkerCount?

    @OptionGroup var trust: TrustOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func validate() throws {
        guard environment != nil else { return }
        if packFile != nil { throw ValidationError("--env and a pack cannot be checked together") }
        if trust.verifyKey != nil { throw ValidationError("--verify-key is for packs only") }
        if deep { throw ValidationError("--deep is for packs only") }
    }

    func run(_ console: Console) throws {
        if let environment { return try verify(environment: environment.path, console) }
        let source = PackSource(argument: packFile?.path ?? "environment.tar")
        let pack = try source.open(spoolingTo: ".", trust: trust.load())
        pack.reportSignature(console.reporter)
        let verifier = PackVerifier(
            pack, reporter: console.reporter, jobs: jobs?.count ?? WorkerPool.usableCPUs, isDeep: deep)
        guard json else { return VerifyCommand.say(try verifier.verify(), console) }
        let summary = try verifier.check()
        try console.output(
            jsonText { writer in
                writer.key("pack")
                writer.value(pack.reader.path)
                writer.member("files", Optional(summary.files))
                writer.member("bytes", Optional(summary.bytes))
                writer.member("without-hash", Optional(summary.unknown))
                writer.member("problems", summary.problems.map(\.text))
            })
        if summary.problems.isEmpty { return }
        let count = summary.problems.count
        throw Failure(
            "'\(pack.reader.path)': this file is damaged: \(count == 1 ? "1 problem" : "\(count) problems")",
            remedy: "Copy or download it again.")
    }

    /// What holds of a pack in which nothing is wrong.
    static func say(_ summary: PackVerifier.Summary, _ console: Console) {
        let unknown: Message = summary.unknown == 0 ? "" : ", \(summary.unknown) of them without a hash to compare with"
        console.reporter.note("\(summary.files) files are as they were packed\(unknown)")
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
            remedy: "Unpack the pack again with --repair; what is extra stays.")
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
