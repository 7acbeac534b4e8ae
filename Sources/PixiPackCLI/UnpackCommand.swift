import ArgumentParser
import Install
import Packing
import Support

/// `pixi-unpack [OPTIONS] [PACK_FILE]` (spec lock §6.8).
struct UnpackCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "unpack",
        _superCommandName: "pixi-pack",
        abstract: "Make an environment from a pack, without network, conda or Python.")

    @OptionGroup var options: UnpackOptionsGroup
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func run(_ console: Console) throws { try options.unpack(console) }
}

/// The arguments of `pixi-unpack` and `pixi-pack unpack`.
struct UnpackOptionsGroup: ParsableArguments {
    @Argument(help: "The pack: a file, a folder, or - for standard input.")
    var packFile = PathArgument("environment.tar")

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "Where the environment and its activation script appear; the current directory otherwise.",
            valueName: "dir"))
    var outputDirectory: PathArgument?

    @Option(
        name: [.customShort("e"), .long], help: ArgumentHelp("The name of the environment's folder.", valueName: "name")
    )
    var envName = NameArgument("env")

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The shell the activation script is for; 'all' writes one for each, which define 'deactivate'.",
            valueName: "shell"))
    var shell = ShellArgument.one(.bash)

    @Flag(
        help: """
            Write an activation script that finds the environment when both are moved together, and that defines \
            'deactivate'.
            """)
    var relocatableActivation = false

    @Option(
        help: ArgumentHelp(
            "Which environment of a bundle. (default: the only one, or the one called default)", valueName: "name"))
    var environment: String?

    @Flag(help: "Replace what is at the environment's place, as a whole, once the new environment is complete.")
    var force = false

    @Option(help: ArgumentHelp("How many packages are unpacked at a time; one for each CPU otherwise.", valueName: "n"))
    var jobs: WorkerCount?

    @Flag(name: .customLong("no-verify"), help: "Do not compare packages with the hashes in the pack's index.")
    var skipsVerification = false

    @Flag(
        name: .customLong("no-wheel-check"), help: "Install wheels also if they are for another Python or platform.")
    var skipsWheelCheck = false

    @Flag(help: "Say what would be installed, replaced and removed, and change nothing.")
    var dryRun = false

    @Flag(help: "Run the post-link scripts of packages.")
    var runPostLink = false

    @Option(
        defaultAsFlag: .timestamp,
        help: ArgumentHelp(
            "Compile Python modules to byte code; the mode is timestamp unless given.", valueName: "mode"))
    var compilePyc: ByteCode.Mode?

    @Flag(help: "Check length and hashes of the pack, and install nothing.")
    var verify = false

    @Option(
        help: ArgumentHelp(
            "Write the pack's plain tar here (- for standard output), and install nothing.", valueName: "file"))
    var extractTar: PathArgument?

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp(
            "Unpack unless that is done, to --output-directory or to a cache, and run this in the environment.",
            valueName: "command"))
    var command: [String] = []

    func validate() throws {
        var tasks: [String] = []
        if verify { tasks.append("--verify") }
        if extractTar != nil { tasks.append("--extract-tar") }
        if !command.isEmpty { tasks.append("a command after --") }
        if tasks.count > 1 { throw ValidationError("\(tasks[0]) and \(tasks[1]) cannot be used together") }
    }

    func unpack(_ console: Console) throws {
        if verify { return try verify(console) }
        if let target = extractTar?.path { return try extractTar(to: target, console) }
        var options = UnpackOptions()
        options.outputDirectory = outputDirectory?.path ?? "."
        options.environmentName = envName.path
        switch shell {
        case .one(let shell): options.activation.shells = [shell]
        case .all:
            options.activation.shells = ReversibleActivation.shells
            options.activation.isReversible = true
        }
        options.activation.isRelocatable = relocatableActivation
        options.environment = environment
        options.force = force
        options.jobs = jobs?.count
        options.verifiesPackages = !skipsVerification
        options.checksWheelTags = !skipsWheelCheck
        options.isDryRun = dryRun
        options.runsPostLink = runPostLink
        options.byteCode = compilePyc
        if !command.isEmpty { try run(console, options) }
        let unpacker = Unpacker(options, reporter: console.reporter)
        let summary = try unpacker.unpack(PackSource(argument: packFile.path))
        if dryRun { try list(summary.changes, console) }
    }

    /// One line for each change, then what they come to.
    private func list(_ changes: EnvironmentChanges, _ console: Console) throws {
        var text = ""
        for change in changes.changes { text += "\(change)\n" }
        text += "\(changes.changes.count) to change, \(changes.untouched) untouched, \(changes.bytes) bytes to write\n"
        try console.output(text)
    }
}
