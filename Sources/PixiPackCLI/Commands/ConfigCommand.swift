import ArgumentParser
import Fetch
import Support

/// `pixi-pack config [OPTIONS] [MANIFEST_PATH]`: the settings in force and where they come from.
struct ConfigCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "config",
        _superCommandName: "pixi-pack",
        abstract: "Show the settings in force and where they come from.",
        discussion: "pixi's configuration files are merged in pixi's order. Secrets are hidden.")

    @OptionGroup var workspace: WorkspaceArgument

    @OptionGroup var files: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Say which credentials this host would get, and from where.",
            discussion: "A host, or a URL on it. The secret itself is never shown.", valueName: "host"))
    var credentials: String?

    @Option(
        help: ArgumentHelp("The file with credentials.", discussion: "As --auth-file of packing.", valueName: "file"))
    var authFile: PathArgument?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let manifest = try workspace.find(console.reporter)
        let (configuration, places) = try files.files(manifest: manifest).load(reporter: console.reporter)
        if let credentials { return try look(up: credentials, configuration, console) }
        if json { return try console.output(jsonText(configuration, places)) }
        try console.output(plainText(configuration, places))
    }

    private func look(up host: String, _ configuration: Configuration, _ console: Console) throws {
        var settings = FetchSettings()
        settings.configuration = configuration
        settings.authFile = authFile?.path
        let answer = try CredentialLookup.find(host, settings, reporter: console.reporter)
        guard json else {
            let text: Message = answer.map { "\($0.kind) from \($0.place), stored for '\($0.key)'" } ?? "none"
            return try console.output("\(host): \(text)\n")
        }
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.member("host", host)
            writer.member("kind", answer?.kind)
            writer.member("place", answer?.place)
            writer.member("key", answer?.key)
        }
        try console.output(writer.bytes + [0x0A])
    }

    private func plainText(_ configuration: Configuration, _ places: [ConfigurationFiles.Place]) -> Message {
        var lines = places.map { "# \($0.isRead ? "read" : "not there"): \($0.path)" as Message }
        for entry in configuration.entries {
            let value: Message = entry.values.count == 1 ? "\(entry.values[0])" : "[\(entry.values.listed())]"
            lines.append("\(entry.key) = \(value)  # \(entry.origin)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func jsonText(_ configuration: Configuration, _ places: [ConfigurationFiles.Place]) -> [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.objects("files", places) { writer, place in
                writer.key("path")
                writer.value(place.path)
                writer.key("read")
                writer.value(place.isRead)
            }
            writer.objects("settings", configuration.entries) { writer, entry in
                writer.member("key", entry.key)
                writer.member("values", entry.values)
                writer.member("origin", entry.origin)
            }
        }
        return writer.bytes + [0x0A]
    }
}
