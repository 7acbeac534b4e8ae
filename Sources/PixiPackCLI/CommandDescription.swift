import ArgumentParser
import Support

/// A command's words as a completion script needs them, from the argument parser's own description of the command.
struct CommandDescription {
    let name: String
    let abstract: String
    let options: [Option]
    let subcommands: [CommandDescription]

    /// One option, with all its spellings.
    struct Option {
        /// Spellings with dashes, such as `-o` and `--output-file`.
        let names: [String]
        let abstract: String
        let takesValue: Bool
        /// The only possible values, empty if any is.
        let values: [String]
    }

    static func of(_ command: any ParsableCommand.Type) throws -> CommandDescription {
        let document = try JSONDocument(Array(command._dumpHelp().utf8))
        guard let root = document.root["command"] else { throw Failure("the command has no description") }
        return CommandDescription(root)
    }

    private init(_ value: JSONValue) {
        name = value["commandName"]?.string ?? ""
        abstract = value["abstract"]?.string ?? ""
        options = (value["arguments"]?.elements).map { $0.compactMap(Option.init) } ?? []
        subcommands = (value["subcommands"]?.elements).map { $0.map(CommandDescription.init) } ?? []
    }
}

extension CommandDescription.Option {
    /// Nil for positional arguments, and for options that the help does not show.
    fileprivate init?(_ value: JSONValue) {
        guard value["shouldDisplay"]?.bool != false, let kind = value["kind"]?.string, kind != "positional",
            let names = value["names"]?.elements
        else { return nil }
        self.names = names.map { ($0["kind"]?.string == "short" ? "-" : "--") + ($0["name"]?.string ?? "") }
        abstract = value["abstract"]?.string ?? ""
        takesValue = kind == "option"
        let values = value["allValues"]?.elements ?? value["completionKind"]?["list"]?["values"]?.elements
        self.values = values.map { $0.compactMap(\.string) } ?? []
    }
}
