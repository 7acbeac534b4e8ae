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

    @Argument(help: "The workspace's folder, or a file in it.")
    var manifestPath = PathArgument(".")

    @OptionGroup var files: ConfigurationOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let (configuration, places) = try files.files(manifest: manifestPath.path).load(reporter: console.reporter)
        let text = json ? jsonText(configuration, places) : plainText(configuration, places)
        try console.output(text)
    }

    private func plainText(_ configuration: Configuration, _ places: [ConfigurationFiles.Place]) -> String {
        var lines = places.map { "# \($0.isRead ? "read" : "not there"): \($0.path)" }
        for entry in configuration.entries {
            let value = entry.values.count == 1 ? entry.values[0] : "[\(entry.values.joined(separator: ", "))]"
            lines.append("\(entry.key) = \(value)  # \(entry.origin)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func jsonText(_ configuration: Configuration, _ places: [ConfigurationFiles.Place]) -> String {
        var writer = JSONWriter()
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
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
