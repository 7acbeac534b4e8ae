import Support

/// Wrong arguments, or arguments that contradict each other; printed with a pointer to the help.
struct UsageError: Error {
    /// What is wrong, without a final full stop.
    let message: Message
    /// The command whose help to read, for example `pixi-pack list`.
    let command: String
}
