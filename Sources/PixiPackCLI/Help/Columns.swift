import Support

/// Rows of text, padded to columns. Cells may be of any origin: they are made visible here, where they are measured.
struct Columns {
    /// Of visible characters only.
    let lines: [String]

    /// Each line with its end.
    var text: Message { Columns.text(lines) }

    static func text(_ lines: [String]) -> Message { lines.map { "\($0)\n" as Message }.joined() }

    /// - Parameter numbers: the columns that are aligned to the right.
    init(_ heads: [String]?, _ rows: [[String]], numbers: Set<Int>) {
        let all = ((heads.map { [$0] } ?? []) + rows).map { row in row.map(VisibleText.of) }
        var widths: [Int] = []
        for row in all {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], Columns.width(cell))
            }
        }
        lines = all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[column] - Columns.width(cell))
                if column > 0 { line += "  " }
                if numbers.contains(column) { line += blanks }
                line += cell
                if !numbers.contains(column), column < row.count - 1 { line += blanks }
            }
            while line.utf8.last == 0x20 { line.removeLast() }
            return line
        }
    }

    /// How many characters of Unicode a text has; those that continue one are not counted.
    private static func width(_ text: String) -> Int { text.utf8.count { $0 & 0xC0 != 0x80 } }
}
