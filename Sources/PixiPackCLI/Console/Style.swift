/// How parts of a message look.
struct Style: Sendable {
    let isColored: Bool

    func error(_ text: String) -> String { painted(text, "1;31") }
    func warning(_ text: String) -> String { painted(text, "1;33") }
    func hint(_ text: String) -> String { painted(text, "36") }
    func faint(_ text: String) -> String { painted(text, "2") }

    private func painted(_ text: String, _ code: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
