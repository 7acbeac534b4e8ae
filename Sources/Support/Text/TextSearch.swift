/// Finding text in text, byte by byte of its UTF-8.
///
/// The standard library has functions for it, too. They are part of its regular expressions, which add 1.3 MB to the executable, and
/// compare characters, so that equivalent ones are the same: not what is wanted of paths, URLs and what programs print.
extension StringProtocol {
    /// Whether `text` occurs; an empty one always does.
    public func contains(text: some StringProtocol) -> Bool {
        ByteSearch.contains(Array(utf8), Array(text.utf8))
    }

    /// This text with every `text` replaced, from left to right.
    public func replacing(text: String, with replacement: String) -> String {
        String(
            decoding: ByteSearch.replacing(Array(text.utf8), with: Array(replacement.utf8), in: Array(utf8)),
            as: UTF8.self)
    }

    /// The parts between the places where `separator` occurs, empty ones too; this text alone if the separator is empty.
    public func parts(between separator: String, maxSplits: Int = .max) -> [String] {
        let (bytes, separator) = (Array(utf8), Array(separator.utf8))
        var parts: [String] = []
        var start = 0
        while parts.count < maxSplits, let range = bytes[start...].firstRange(ofBytes: separator), !range.isEmpty {
            parts.append(String(decoding: bytes[start..<range.lowerBound], as: UTF8.self))
            start = range.upperBound
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}

extension ArraySlice<UInt8> {
    /// Where the bytes occur first; nil if they do not, an empty range at the start for no bytes.
    public func firstRange(ofBytes needle: [UInt8]) -> Range<Int>? {
        guard !needle.isEmpty else { return startIndex..<startIndex }
        let found = withUnsafeBytes { bytes in
            needle.withUnsafeBytes { ByteSearch.find($0, in: bytes, from: 0) }
        }
        return found.map { startIndex + $0..<startIndex + $0 + needle.count }
    }
}
