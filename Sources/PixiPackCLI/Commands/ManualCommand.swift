import ArgumentParser
import Support

/// `manual`: prints the program's manual page.
struct ManualCommand<Root: ParsableCommand>: Command {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "manual",
            _superCommandName: Root.configuration.commandName ?? "",
            abstract: "Print the manual page.",
            discussion: "In the format of man: save it as \(Root.configuration.commandName ?? "").1.")
    }

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let text: ManualText = Root.self is UnpackProgram.Type ? .unpack : .pack
        try console.output(Array(ManualPage(CommandDescription.of(Root.self), text).roff.utf8))
    }
}
