import ArgumentParser
import Packing
import Support

/// `pixi-unpack fetch REFERENCE -o FILE`: makes a file of a pack that lies elsewhere.
struct FetchCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        _superCommandName: "pixi-unpack",
        abstract: "Copy a pack from a registry or URL to a file.",
        discussion: """
            With --base only what that pack lacks is fetched; everything is compared with its hash. The file appears when it is \
            complete.
            """)

    @Argument(
        help: ArgumentHelp(
            "The pack.", discussion: "oci://REGISTRY/REPOSITORY:TAG, oci:DIR:TAG, or a URL.", valueName: "reference"))
    var pack: PathArgument

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write.", discussion: "By default environment.tar.", valueName: "file"))
    var outputFile = PathArgument("environment.tar")

    @Option(
        help: ArgumentHelp(
            "Take from this pack what it has.", discussion: "An earlier one, say: a file, a folder or a reference.",
            valueName: "pack"))
    var base: PathArgument?

    @OptionGroup(title: "Signature") var trust: TrustOptions
    @OptionGroup(title: "Network") var network: NetworkOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @OptionGroup(title: "Messages") var progressOptions: ProgressOptions

    var progress: ProgressOptions? { progressOptions }

    func validate() throws {
        guard case .remote = PackSource(argument: pack.path) else {
            throw ValidationError("'\(pack.path)' is a file already; fetch is for references and URLs")
        }
        if outputFile.isStandardStream { throw ValidationError("--output-file needs the name of a file") }
    }

    func run(_ console: Console) throws {
        Interruption.begin()
        let began = MonotonicClock.seconds
        let settings = try network.settings(for: [pack], reporter: console.reporter)
        let copy = PackCopy(network: settings, trust: try trust.load(), reporter: console.reporter)
        let result = try copy.copy(
            PackSource(argument: pack.path), to: outputFile.path, base: base.map { PackSource(argument: $0.path) })
        if json {
            try console.output(
                jsonText { writer in
                    writer.key("path")
                    writer.value(outputFile.path)
                    writer.member("size", Optional(result.size))
                    writer.member("fetched", Optional(result.fetched))
                    writer.key("seconds")
                    writer.value(seconds: MonotonicClock.seconds - began)
                })
        }
        console.reporter.note(
            "Wrote \(outputFile.path) with size \(humanSize(result.size)), of which \(humanSize(result.fetched)) came over the way."
        )
    }
}
