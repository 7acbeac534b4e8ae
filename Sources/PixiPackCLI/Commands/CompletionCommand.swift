import ArgumentParser
import Support

/// `completion -s SHELL`: prints the script that makes a shell complete the program's arguments.
struct CompletionCommand<Root: ParsableCommand>: Command {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "completion",
            _superCommandName: Root.configuration.commandName ?? "",
            abstract: "Print a completion script for a shell.")
    }

    @Option(name: .shortAndLong, help: "The shell.")
    var shell: CompletionScript

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    /// The self-extracting pack that is the program.
    @Option(name: .customLong("called-as"), help: .hidden)
    var file: String?

    func run(_ console: Console) throws {
        try console.output(Array(shell.text(for: Root.self, calledAs: file).utf8))
    }
}

/// The shells a completion script can be printed for.
enum CompletionScript: String, ExpressibleByArgument, CaseIterable {
    case bash, elvish, fish, nushell, powershell, zsh

    /// The script, ending with a newline.
    ///
    /// - Parameter file: the name of the self-extracting pack that is the program; nil: it is called by its own name.
    func text(for program: any ParsableCommand.Type, calledAs file: String? = nil) throws -> String {
        var description = try CommandDescription.of(program)
        if let file { description.name = file }
        let names = file.map { [$0, "./" + $0] } ?? [description.name]
        switch self {
        case .bash: return ShellScripts.bash(names)
        case .zsh: return ShellScripts.zsh([names[0]])
        case .fish: return ShellScripts.fish([names[0]])
        case .elvish: return ShellScripts.elvish(names)
        case .nushell: return description.nushellScript
        case .powershell: return description.powershellScript
        }
    }
}
