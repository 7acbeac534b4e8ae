/// The rows of a CSV text as bytes (RFC 4180, and what common readers accept). Fields may be quoted, with quotes in
/// them doubled. Rows end in CR, LF or both; empty lines are skipped.
struct CSVRows: Sequence, IteratorProtocol {
    private let text: [UInt8]
    private var position = 0
    private static let mostFields = 16

    init(_ text: [UInt8]) {
        self.text = text
        // A byte order mark is not part of the first field.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() -> [[UInt8]]? {
        while position < text.count, isLineEnd(text[position]) { position += 1 }
        guard position < text.count else { return nil }
        var fields: [[UInt8]] = []
        while true {
            // More fields than this are an error anyway, so they are not kept.
            if fields.count > Self.mostFields { fields.removeLast() }
            fields.append(field())
            guard position < text.count, !isLineEnd(text[position]) else { return fields }
            position += 1
        }
    }

    /// Reads up to the next comma or line end outside of quotes.
    private mutating func field() -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        var result: [UInt8] = []
        if position < text.count, text[position] == quote {
            position += 1
            while position < text.count {
                if text[position] == quote {
                    position += 1
                    guard position < text.count, text[position] == quote else { break }
                }
                result.append(text[position])
                position += 1
            }
        }
        let rest = position
        while position < text.count, text[position] != UInt8(ascii: ","), !isLineEnd(text[position]) { position += 1 }
        result.append(contentsOf: text[rest..<position])
        return result
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
