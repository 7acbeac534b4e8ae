import ArgumentParser

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
