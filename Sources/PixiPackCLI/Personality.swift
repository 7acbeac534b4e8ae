import ArgumentParser
import Support

/// Which of the two programs this process is.
enum Personality: Equatable {
    case pack
    case unpack

    /// Decides by the name it was started by: `pixi-unpack`, also with more behind it (`pixi-unpack-x86_64`), in any
    /// folder, as a symbolic link or a copy, unpacks; every other name packs.
    init(calledAs argumentZero: String) {
        let name = ByteString(argumentZero).lastPathComponent
        self = name.hasPrefix("pixi-unpack") ? .unpack : .pack
    }

    var programName: String { self == .pack ? "pixi-pack" : "pixi-unpack" }

    /// What the program does when the first argument names no command.
    var command: any Command.Type { self == .pack ? PackCommand.self : UnpackCommand.self }

    /// The whole program with its commands, as the help and completion describe it.
    var documentation: any ParsableCommand.Type { self == .pack ? PackProgram.self : UnpackProgram.self }

    /// The commands that the first argument can name.
    var commands: [any Command.Type] {
        documentation.configuration.subcommands.compactMap { $0 as? any Command.Type }
    }

    /// The names of its commands.
    var commandNames: [String] { commands.compactMap { $0.configuration.commandName } }

    /// Other words for commands of pixi-unpack.
    static let otherNames = ["list"]

    /// The command of a name.
    func command(named word: String?) -> (any Command.Type)? {
        if let found = commands.first(where: { $0.configuration.commandName == word }) { return found }
        // What pixi-pack lists of a lock file, inspect lists of a pack.
        return self == .unpack && word == "list" ? InspectCommand.self : nil
    }
}
