import ArgumentParser
import Install
import Packing
import Support

/// `pixi-unpack relocate DIR [--prefix PATH] [--from PACK]`.
struct RelocateCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "relocate",
        _superCommandName: "pixi-unpack",
        abstract: "Adapt an environment to another path.",
        discussion: """
            In place and without its pack: what names the old path (texts, binary files that have room, first lines of \
            scripts, entry points, records) names the new one. After moving an environment, or before it with --prefix. \
            What cannot be adapted is listed before anything changes. A run that was broken off is completed by the same \
            command.
            """)

    @Argument(help: ArgumentHelp("The folder of the environment.", valueName: "dir"))
    var environment: PathArgument

    @Option(
        help: ArgumentHelp(
            "The path at which it will be used.", discussion: "By default where it is.", valueName: "path"))
    var prefix: PathArgument?

    @Option(
        help: ArgumentHelp(
            "The pack it was made from.", discussion: "For files that cannot be adapted, which are made anew.",
            valueName: "pack"))
    var from: PathArgument?

    @Option(
        help: ArgumentHelp(
            "How many files to read at a time.", discussion: "By default one for each CPU.", valueName: "n"))
    var jobs: WorkerCount?

    @Flag(
        name: .customLong("no-wait"), help: ArgumentHelp("Fail when another pixi-unpack is at work there."))
    var noWait = false

    @Flag(help: ArgumentHelp("Go on with an environment of another user."))
    var trustOwner = false

    @OptionGroup var trust: TrustOptions

    @Flag(help: "Say what would change, and change nothing.")
    var dryRun = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func validate() throws {
        if trust.verifyKey != nil, from == nil { throw ValidationError("--verify-key needs --from") }
    }

    func run(_ console: Console) throws {
        var options = Relocator.Options(environment: environment.path)
        options.prefix = try prefix.map { try FinalPrefix(named: $0.path) }
        options.pack = from.map { PackSource(argument: $0.path) }
        options.trust = try trust.load()
        options.jobs = jobs?.count
        options.waits = !noWait
        options.trustsOwner = trustOwner
        options.isDryRun = dryRun
        let relocator = Relocator(options, reporter: console.reporter)
        let summary = try relocator.run()
        try relocator.complete(summary)
        if json { try console.output(text(of: summary)) }
        let files = summary.files == 1 ? "1 file" : "\(summary.files) files"
        if summary.old == summary.new.path {
            return console.reporter.note("The environment is for '\(summary.new.path)' already.")
        }
        console.reporter.note(
            "\(dryRun ? "Would adapt" : "Adapted") \(files) from '\(summary.old)' to '\(summary.new.path)'. "
                + "Scripts outside of it, such as activate.sh, still name the old path: "
                + "eval \"$(pixi-unpack shell-hook -e \(ShellWord.quoted(summary.new.path)))\"")
    }

    private func text(of summary: Relocator.Summary) -> [UInt8] {
        jsonText { writer in
            writer.key("environment")
            writer.value(summary.place)
            writer.key("from")
            writer.value(summary.old)
            writer.key("to")
            writer.value(summary.new.path)
            writer.key("dry-run")
            writer.value(dryRun)
            writer.member("files", Optional(summary.files))
            writer.objects("from-pack", summary.impossible) { writer, file in
                writer.key("path")
                writer.value(file.path.bytes)
                writer.member("package", file.owner)
                writer.member("reason", file.reason.text)
            }
        }
    }
}
