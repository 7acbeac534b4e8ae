import Support

/// Rows of text, padded to columns. Cells may be of any origin: they are made visible here, where they are measured.
struct Columns {
    /// Of visible characters only.
    let lines: [String]

    /// Each line with its end.
    var text: Message { Message(lines: lines) }

    /// - Parameter numbers: the columns that are aligned to the right.
    init(_ heads: [String]?, _ rows: [[String]], numbers: Set<Int>) {
        var widths: [Int] = []
        let all = ((heads.map { [$0] } ?? []) + rows).map { row in
            row.enumerated().map { column, cell in
                let text = VisibleText.of(cell)
                let width = Columns.width(text)
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], width)
                return (text: text, width: width)
            }
        }
        let numbers = widths.indices.map { numbers.contains($0) }
        var line: [UInt8] = []
        lines = all.map { row in
            line.removeAll(keepingCapacity: true)
            for (column, cell) in row.enumerated() {
                let blanks = repeatElement(UInt8(ascii: " "), count: widths[column] - cell.width)
                if column > 0 { line += [UInt8(ascii: " "), UInt8(ascii: " ")] }
                if numbers[column] { line += blanks }
                line += cell.text.utf8
                if !numbers[column] { line += blanks }
            }
            while line.last == UInt8(ascii: " ") { line.removeLast() }
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// How many characters of Unicode a text has; those that continue one are not counted.
    private static func width(_ text: String) -> Int { text.utf8.count { $0 & 0xC0 != 0x80 } }
}
