/// A line to type, and what for.
struct CommandExample {
    /// What it does, without a full stop.
    let purpose: String
    let line: String

    init(_ line: String, _ purpose: String) {
        self.line = line
        self.purpose = purpose
    }
}
