import LibC
import Support

/// The text of a record as `PrefixRecord` writes it, read without a value for each of its paths. An environment may
/// have a hundred thousand of them, and whoever only wants to know whether some path is among them need not
/// understand the rest.
struct RecordText {
    private let text: [UInt8]
    /// Where the member `files` begins, with the comma before it, and where its first path does.
    private let files: (comma: Int, start: Int)

    /// How the list begins, with the comma of the member before it, and an empty one; what is in front of each path; and
    /// what follows the last of them.
    private static let (opening, empty) = (Array(",\n  \"files\": [\n".utf8), Array(",\n  \"files\": [],\n".utf8))
    private static let indent = Array("    \"".utf8)
    private static let closing = Array("  ],\n  \"paths_data\": {\n".utf8)

    /// - Returns: nil if the text is not that of a record of this program.
    static func parse(_ text: [UInt8]) -> RecordText? {
        let found = text.withUnsafeBytes { text -> (Int, Int)? in
            // No string has a line break in it, so these are members of the record itself.
            for pattern in [opening, empty] {
                let place = pattern.withUnsafeBytes { ByteSearch.find($0, in: text, from: 0) }
                if let place { return (place, pattern == opening ? place + opening.count : text.count) }
            }
            return nil
        }
        return found.map { RecordText(text: text, files: $0) }
    }

    /// The record without its files: the members before them.
    ///
    /// - Throws: `Failure` if that is no JSON.
    func head() throws -> JSONValue {
        try JSONDocument(Array(text[..<files.comma]) + Array("\n}".utf8)).root
    }

    /// Calls `body` with each path of the list.
    ///
    /// - Returns: false if the list is not written as this program does, or has a path that is written in another way
    ///   than it is kept; `body` may then have been called for some.
    func forEachPath(_ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        text.withUnsafeBytes { text in
            var position = files.start
            while position < text.count {
                if RecordText.begins(text, at: position, with: RecordText.closing) { return true }
                guard RecordText.begins(text, at: position, with: RecordText.indent),
                    let end = ByteSearch.find(UInt8(ascii: "\n"), in: text, from: position)
                else { return false }
                let start = position + RecordText.indent.count
                position = end + 1
                var last = end - 1
                if text[last] == UInt8(ascii: ",") { last -= 1 }
                guard last > start, text[last] == UInt8(ascii: "\"") else { return false }
                let path = UnsafeRawBufferPointer(rebasing: text[start..<last]).bindMemory(to: UInt8.self)
                guard JSONWriter.isPlain(path), RelativePath.isPlain(path) else { return false }
                body(path)
            }
            return files.start == text.count
        }
    }

    private static func begins(_ text: UnsafeRawBufferPointer, at position: Int, with pattern: [UInt8]) -> Bool {
        guard text.count - position >= pattern.count, let base = text.baseAddress else { return false }
        return pattern.withUnsafeBytes { pattern in
            pattern.baseAddress.map { memcmp(base + position, $0, pattern.count) == 0 } ?? true
        }
    }
}
