/// Separates the entries of a lock file from the rest of it, line by line.
struct LockSplitter {
    private(set) var header: [UInt8] = []
    private(set) var places: [LockOutline.Place] = []
    private var offset = 0
    private var line = 0
    private var isInSection = false
    private var hasSection = false
    /// How many blanks come before the dashes of the entries.
    private var itemIndent: Int?
    private var item: (offset: Int, line: Int)?

    /// Reads all complete lines of a text; at the end of the file also a line without a line break.
    ///
    /// - Returns: how many bytes were read; nil if the file has another layout.
    mutating func take(_ text: UnsafeBufferPointer<UInt8>, isLast: Bool) -> Int? {
        var start = 0
        while start < text.count {
            guard let end = text[start...].firstIndex(of: 0x0A) ?? (isLast ? text.count - 1 : nil) else { break }
            guard take(line: UnsafeBufferPointer(rebasing: text[start...end])) else { return nil }
            offset += end + 1 - start
            line += 1
            start = end + 1
        }
        return start
    }

    /// Ends the file. Returns false if it has no list of entries.
    mutating func finish() -> Bool {
        endItem()
        return hasSection
    }

    private mutating func take(line text: UnsafeBufferPointer<UInt8>) -> Bool {
        var end = text.count
        while end > 0, [0x0A, 0x0D, 0x20].contains(text[end - 1]) { end -= 1 }
        var indent = 0
        while indent < end, text[indent] == 0x20 { indent += 1 }
        let content = text[indent..<end]
        // A carriage return alone ends a line as well, and the width of tabs is not defined.
        if content.contains(0x0D) || content.first == 0x09 { return false }
        guard let first = content.first, first != UInt8(ascii: "#") else {
            keep(text)
            return true
        }
        let isItem = first == UInt8(ascii: "-") && (content.count == 1 || content[indent + 1] == 0x20)
        if indent == 0, !isItem {
            // Directives, and marks that begin or end documents.
            if [UInt8(ascii: "%"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(first) { return false }
            endItem()
            isInSection = content.elementsEqual("packages:".utf8) || content.elementsEqual("package:".utf8)
            guard isInSection else {
                keep(text)
                return true
            }
            if hasSection { return false }
            hasSection = true
            header += content
            header += " []\n".utf8
            return true
        }
        if isInSection {
            let wanted = itemIndent ?? indent
            if isItem, indent == wanted {
                itemIndent = indent
                endItem()
                item = (offset, line)
            } else if item == nil || indent <= wanted {
                return false
            }
        }
        keep(text)
        return true
    }

    private mutating func keep(_ text: UnsafeBufferPointer<UInt8>) {
        // An empty line stands for each line of an entry, so that line numbers stay right.
        if isInSection { header.append(0x0A) } else { header += text }
    }

    private mutating func endItem() {
        guard let item else { return }
        places.append(
            .init(
                offset: UInt32(truncatingIfNeeded: item.offset),
                length: UInt32(truncatingIfNeeded: offset - item.offset), line: UInt32(truncatingIfNeeded: item.line)))
        self.item = nil
    }
}
