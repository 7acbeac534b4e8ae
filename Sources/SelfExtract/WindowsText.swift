/// Text for programs of Windows.
enum WindowsText {
    /// The text with CR LF for LF.
    static func withLineEnds(_ text: String) -> [UInt8] {
        text.utf8.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
    }
}
