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

    func run(_ console: Console) throws { try console.output(Array(shell.text(for: Root.self).utf8)) }
}

/// The shells a completion script can be printed for.
enum CompletionScript: String, ExpressibleByArgument, CaseIterable {
    case bash, elvish, fish, nushell, powershell, zsh

    /// The script, ending with a newline.
    func text(for program: any ParsableCommand.Type) throws -> String {
        let script =
            switch self {
            case .bash: program.completionScript(for: .bash)
            case .fish: program.completionScript(for: .fish)
            case .zsh: program.completionScript(for: .zsh)
            case .elvish: try CommandDescription.of(program).elvishScript
            case .nushell: try CommandDescription.of(program).nushellScript
            case .powershell: try CommandDescription.of(program).powershellScript
            }
        return script.hasSuffix("\n") ? script : script + "\n"
    }
}
