import Support

/// The person's side of the program: messages on standard error, results on standard output.
struct Console {
    let level: MessageLevel
    let style: Style
    let reporter: ConsoleReporter

    init(_ options: ConsoleOptions, progress: ProgressOptions? = nil) {
        level = options.level
        style = Style(isColored: Console.isColored(options.color))
        let display: ProgressDisplay.Style =
            switch progress {
            case nil: .none
            case .some(let progress) where progress.jsonProgress: .json
            case .some where level < .note: .none
            case .some: StandardStream.error.isTerminal && !Terminal.isDumb ? .live : .plain
            }
        reporter = ConsoleReporter(level: level, style: style, progress: display)
    }

    /// Prints an error as a person reads it: what failed, why, and what to do now.
    func report(_ error: any Error) {
        if let usage = error as? UsageError {
            reporter.say(.error, usage.message, hint: "See '\(usage.command) --help'.")
        } else {
            var failure = error as? Failure ?? Failure("the system does not let us go on", cause: error)
            // The program was asked to stop, so there is no error to explain.
            if Interruption.signal != nil, let last = failure.chain.last { failure = Failure(last) }
            reporter.say(.error, failure.chained, hint: failure.innermostAdvice)
        }
    }

    /// Writes a result to standard output.
    ///
    /// - Throws: `Failure` if it cannot be written, for example because the reader went away.
    func output(_ text: Message) throws { try output(Array(text.text.utf8)) }

    /// Writes a result for programs to standard output.
    func output(_ bytes: [UInt8]) throws {
        try describing(
            "could not write to standard output",
            remedy: "Look whether the reader is still there, or write to a file with room."
        ) {
            try bytes.withUnsafeBytes { try Sys.writeAll(StandardStream.output.rawValue, $0) }
        }
    }

    private static func isColored(_ choice: ColorChoice) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto:
            StandardStream.error.isTerminal && !Terminal.isDumb && (Terminal.variable("NO_COLOR") ?? "").isEmpty
        }
    }
}
