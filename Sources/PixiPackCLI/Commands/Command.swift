import ArgumentParser
import Support

/// A command of the program: its arguments, and what it does with them.
protocol Command: ParsableCommand {
    /// How it speaks to the person who started it.
    var console: ConsoleOptions { get }

    /// How it shows its progress; nil if it makes none.
    var progress: ProgressOptions? { get }

    /// - Throws: `Failure` for exit status 1, `UsageError` for exit status 2.
    func run(_ console: Console) throws
}

extension Command {
    var progress: ProgressOptions? { nil }
}

/// Wrong arguments, or arguments that contradict each other; printed with a pointer to the help.
struct UsageError: Error {
    /// What is wrong, without a final full stop.
    let message: Message
    /// The command whose help to read, for example `pixi-pack list`.
    let command: String
}
