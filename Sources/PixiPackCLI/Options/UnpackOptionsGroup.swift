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
        var tasks: [String] = []
        if task.verify { tasks.append("--verify") }
        if task.extractTar != nil { tasks.append("--extract-tar") }
        if task.installUnpacker != nil { tasks.append("--install-unpacker") }
        if !command.isEmpty { tasks.append("a command after --") }
        if installation.repair && place.force {
            throw ValidationError("--repair and --force cannot be used together")
        }
        if place.asWorkspace != nil {
            let others =
                place.given.filter { ["--output-directory", "--env-name", "--prefix"].contains($0) }
                + activation.scripts
            if let option = others.first {
                throw ValidationError("--as-workspace and \(option) cannot be used together")
            }
            if !command.isEmpty {
                throw ValidationError("--as-workspace and a command after -- cannot be used together")
            }
            if place.asWorkspace?.isStandardStream == true { throw ValidationError("--as-workspace needs a folder") }
        }
        if place.prefix != nil, installation.runPostLink {
            throw ValidationError("--run-post-link and --prefix cannot be used together")
        }
        if place.prefix != nil, installation.menus != nil {
            throw ValidationError("--menus and --prefix cannot be used together")
        }
        if image.into != nil { tasks.append("--into") }
        if tasks.count > 1 { throw ValidationError("\(tasks[0]) and \(tasks[1]) cannot be used together") }
        guard let task = tasks.first else { return }
        if image.into != nil { return try validateImage() }
        if installation.json, self.task.verify == false {
            throw ValidationError("--json and \(task) cannot be used together")
        }
        if !command.isEmpty {
            if installation.dryRun { throw ValidationError("--dry-run and \(task) cannot be used together") }
            if installation.repair { throw ValidationError("--repair and \(task) cannot be used together") }
            if installation.menus != nil { throw ValidationError("--menus and \(task) cannot be used together") }
            if place.prefix != nil { throw ValidationError("--prefix and \(task) cannot be used together") }
            if let option = activation.fixed.first {
                throw ValidationError("\(option) and \(task) cannot be used together")
            }
            return
        }
        // What comes through a pipe is kept in the output directory.
        let isPiped = packFile.isStandardStream
        let useless = (place.given + activation.given + installation.given)
            .first { !(isPiped && $0 == PlaceOptions.outputDirectoryName) && $0 != "--max-unpacked-size" }
        if let useless { throw ValidationError("\(task) installs nothing: \(useless) cannot be used with it") }
    }

    /// What an image cannot have, or what has no meaning for it.
    private func validateImage() throws {
        guard place.prefix != nil else {
            throw ValidationError("--into needs --prefix: the path at which the environment will be used")
        }
        if installation.json, image.into?.isStandardStream == true {
            throw ValidationError("--json and --into - cannot be used together")
        }
        let ofFolders = ["--output-directory", "--env-name", "--force", "--no-wait", "--trust-owner"]
        let ofDisk = ["--run-post-link", "--repair", "--no-host-check"]
        let useless =
            place.given.filter(ofFolders.contains) + activation.fixed
            + (activation.relocatableActivation ? ["--relocatable-activation"] : [])
            + installation.given.filter(ofDisk.contains)
        if let option = useless.first { throw ValidationError("--into and \(option) cannot be used together") }
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
