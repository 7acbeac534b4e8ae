import CondaModel

/// Makes what servers and settings say fit for messages.
enum Redaction {
    static func url(_ text: String) -> String { WebURL.redact(text) }
}

extension Redaction {
    /// The beginning of an error answer as one printable line; what looks like a URL in it loses its secrets.
    static func answer(_ bytes: [UInt8]) -> String {
        let words = String(decoding: bytes, as: UTF8.self).unicodeScalars
            .split { $0.value <= 0x20 }
            .map { word -> String in
                let text = String(word)
                return text.contains(text: "://") ? url(text) : text
            }
        return words.joined(separator: " ")
    }
}
