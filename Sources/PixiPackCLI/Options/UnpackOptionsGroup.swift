import ArgumentParser
import Install
import Packing
import Support

/// The arguments of `pixi-unpack` and `pixi-pack unpack`.
struct UnpackOptionsGroup: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The pack; - is standard input.",
            discussion: """
                A file or a folder, a URL, or a reference: oci://REGISTRY/REPOSITORY:TAG, oci:DIR:TAG. Of a pack that \
                lies elsewhere only what the environment lacks is fetched.
                """))
    var packFile = PathArgument("environment.tar")

    @OptionGroup(title: "Place") var place: PlaceOptions
    @OptionGroup(title: "Activation") var activation: ActivationOptions
    @OptionGroup(title: "Packages") var installation: InstallationOptions
    @OptionGroup(title: "Images") var image: ImageOptionsGroup
    @OptionGroup(title: "Signature") var trust: TrustOptions
    @OptionGroup(title: "Packs elsewhere") var network: NetworkOptions
    @OptionGroup(title: "Instead of installing") var task: TaskOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp(
            "A program to run in the environment.",
            discussion: """
                Unpacks unless that is done, to --output-directory or to a cache, and runs the program with its \
                arguments.
                """,
            valueName: "command"))
    var command: [String] = []

    func validate() throws {
        let given = place.givenOptions() + activation.givenOptions() + installation.givenOptions()
        for (one, other) in Self.exclusive where given.contains(one) && given.contains(other) {
            throw ValidationError("\(one) and \(other) cannot be used together")
        }
        if place.asWorkspace?.isStandardStream == true { throw ValidationError("--as-workspace needs a folder") }
        var tasks = ["--verify", "--extract-tar", "--install-unpacker"].filter(task.givenOptions().contains)
        if !command.isEmpty { tasks.append("a command after --") }
        if image.into != nil { tasks.append("--into") }
        if tasks.count > 1 { throw ValidationError("\(tasks[0]) and \(tasks[1]) cannot be used together") }
        guard let task = tasks.first else { return }
        if image.into != nil { return try validateImage(given) }
        if installation.json, !self.task.verify {
            throw ValidationError("--json and \(task) cannot be used together")
        }
        if !command.isEmpty {
            if let option = given.first(where: Self.uselessForCommands.contains) {
                throw ValidationError("\(option) and \(task) cannot be used together")
            }
            return
        }
        // What comes through a pipe is kept in the output directory.
        let useful = ["--max-unpacked-size", "--json"] + (packFile.isStandardStream ? ["--output-directory"] : [])
        if let useless = given.first(where: { !useful.contains($0) }) {
            throw ValidationError("\(task) installs nothing: \(useless) cannot be used with it")
        }
    }

    /// Options that contradict each other.
    private static let exclusive = [
        ("--repair", "--force"), ("--run-post-link", "--prefix"), ("--menus", "--prefix"),
        ("--as-workspace", "--output-directory"), ("--as-workspace", "--env-name"), ("--as-workspace", "--prefix"),
        ("--as-workspace", "--shell"), ("--as-workspace", "--relocatable-activation"),
    ]

    private static let uselessForCommands = [
        "--as-workspace", "--dry-run", "--repair", "--menus", "--prefix", "--modulefile", "--jupyter-kernel",
    ]

    private static let uselessForImages = [
        "--output-directory", "--env-name", "--force", "--no-wait", "--trust-owner", "--relocatable-activation",
        "--modulefile", "--jupyter-kernel", "--run-post-link", "--repair", "--no-host-check", "--skip-host-check",
    ]

    /// What an image cannot have, or what has no meaning for it.
    private func validateImage(_ given: [String]) throws {
        guard place.prefix != nil else {
            throw ValidationError("--into needs --prefix: the path at which the environment will be used")
        }
        if installation.json, image.into?.isStandardStream == true {
            throw ValidationError("--json and --into - cannot be used together")
        }
        if let option = given.first(where: Self.uselessForImages.contains) {
            throw ValidationError("--into and \(option) cannot be used together")
        }
    }

    func unpack(_ console: Console) throws {
        Interruption.begin()
        if task.verify { return try verify(console) }
        if let folder = task.installUnpacker?.path { return try install(unpackerInto: folder, console) }
        if let target = task.extractTar?.path { return try extractTar(to: target, console) }
        var options = UnpackOptions()
        try place.apply(to: &options)
        try activation.apply(to: &options)
        installation.apply(to: &options)
        options.trust = try trust.load()
        options.network = try network.settings(
            for: [packFile, place.base, image.into, image.baseImage], reporter: console.reporter)
        if let image = try image.options() { return try write(image, options, console) }
        if !command.isEmpty { try run(console, options) }
        let began = MonotonicClock.seconds
        let unpacker = Unpacker(options, reporter: console.reporter)
        let summary = try unpacker.unpack(PackSource(argument: packFile.path))
        let files = made(options)
        if installation.json { try result(summary, files, seconds: MonotonicClock.seconds - began, console) }
        if installation.dryRun {
            if !installation.json { try list(summary.changes, console) }
            return
        }
        for (name, path) in files {
            console.reporter.note("The \(name == "modulefile" ? "modulefile" : "Jupyter kernel") is at \(path).")
        }
        console.reporter.note(
            ClosingLine.unpacked(summary, to: options.outputDirectory, seconds: MonotonicClock.seconds - began))
    }

    /// The files beside activation scripts, by their names in the result.
    private func made(_ options: UnpackOptions) -> [(name: String, path: ByteString)] {
        if options.isDryRun { return [] }
        let made = [
            ("modulefile", options.activation.modulefile), ("jupyter-kernel", options.activation.kernel?.folder),
        ]
        return made.compactMap { name, path in path.map { (name, $0) } }
    }

    private func result(
        _ summary: Unpacker.Summary, _ files: [(name: String, path: ByteString)], seconds: Double, _ console: Console
    ) throws {
        try console.output(
            jsonText { writer in
                writer.key("path")
                writer.value(summary.place)
                if summary.prefix.isNamed {
                    writer.key("prefix")
                    writer.value(summary.prefix.path)
                }
                writer.key("dry-run")
                writer.value(installation.dryRun)
                writer.key("new")
                writer.value(summary.isNew)
                writer.key("activation-scripts")
                writer.array { writer in for script in summary.activationScripts { writer.value(script) } }
                for (name, path) in files { writer.member(name, path.lossyString) }
                writer.member("workspace", summary.workspace?.lossyString)
                writer.member("packages", Optional(summary.changes.changes.count + summary.changes.untouched))
                writer.member("untouched", Optional(summary.changes.untouched))
                writer.member("bytes", Optional(summary.changes.bytes))
                writer.objects("changes", summary.changes.changes) { $1.writeMembers(to: &$0) }
                writer.member("warnings", console.reporter.warnings)
                writer.key("seconds")
                writer.value(seconds: seconds)
            })
    }

    /// One line for each change, then what they come to.
    private func list(_ changes: EnvironmentChanges, _ console: Console) throws {
        var text: Message = ""
        for change in changes.changes { text += "\(change)\n" }
        text += "\(changes.changes.count) to change, \(changes.untouched) untouched, \(changes.bytes) bytes to write\n"
        try console.output(text)
    }
}
