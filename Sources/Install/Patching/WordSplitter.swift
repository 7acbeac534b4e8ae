import Support

/// A program that splits a line into words again after the kernel has read it from a script. Says how a path is quoted so that
/// it stays one word.
enum WordSplitter {
    /// `sh`.
    case shell
    /// `env -S` of GNU and FreeBSD.
    case environment

    /// Whether the byte has no special meaning for any such program.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x80 || isASCIILetter(byte) || isASCIIDigit(byte)
            || "/_-.+:,@%=".utf8.contains(byte)
    }

    /// The text as it is written between quotation marks, and which mark that is.
    private func escaped(_ text: [UInt8]) -> (mark: UInt8, text: [UInt8]) {
        let double = UInt8(ascii: "\"")
        switch self {
        case .shell:
            // Python reads the line, too, and warns of backslashes it does not know.
            if !text.contains(where: { "$`\\\"".utf8.contains($0) }) { return (double, text) }
            return (UInt8(ascii: "'"), text.flatMap { $0 == UInt8(ascii: "'") ? Array("'\"'\"'".utf8) : [$0] })
        case .environment:
            return (double, text.flatMap { "$\\\"".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] })
        }
    }

    /// A word that is this text.
    func quoted(_ text: [UInt8]) -> [UInt8] {
        let (mark, text) = escaped(text)
        return [mark] + text + [mark]
    }

    /// Words with one path in place of another, each from the path to its end in quotation marks if the new path needs them.
    func replacing(_ old: ByteString, with new: ByteString, in words: [UInt8]) -> [UInt8] {
        // What is in quotation marks already keeps blanks together.
        let needsQuotes = !new.bytes.allSatisfy(Self.isPlain) && !words.contains { "\"'".utf8.contains($0) }
        if !needsQuotes { return ByteSearch.replacing(old.bytes, with: new.bytes, in: words) }
        var result: [UInt8] = []
        var rest = words[...]
        while let range = ByteSearch.ranges(of: old.bytes, in: Array(rest)).first {
            let start = rest.startIndex + range.lowerBound
            let end = rest[(start + range.count)...].firstIndex { $0 <= 0x20 } ?? rest.endIndex
            let word = ByteSearch.replacing(old.bytes, with: new.bytes, in: Array(rest[start..<end]))
            result += rest[..<start] + quoted(word)
            rest = rest[end...]
        }
        return result + rest
    }

    /// The reverse of `replacing` and `quoted`: the path as another one, without the quotation marks it needed.
    func restoring(_ old: ByteString, as new: ByteString, in words: [UInt8]) -> [UInt8] {
        let (mark, path) = escaped(old.bytes)
        var result: [UInt8] = []
        var rest = words[...]
        while let range = ByteSearch.ranges(of: [mark] + path, in: Array(rest)).first {
            let start = rest.startIndex + range.lowerBound
            let tail = rest[(start + range.count)...]
            guard let end = tail.firstIndex(of: mark) else { break }
            result += rest[..<start] + new.bytes + tail[..<end]
            rest = rest[(end + 1)...]
        }
        return ByteSearch.replacing(old.bytes, with: new.bytes, in: result + rest)
    }
}
