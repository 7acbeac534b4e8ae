import Support

/// Reads versions by the grammar of docs/spec/lock.md#version-order.
struct VersionParser {
    enum Problem: Error {
        case expectedComponent, leftOver, number, epoch, mixedSeparators

        func text(for version: String) -> String {
            if version.isEmpty { return "empty string" }
            return switch self {
            case .expectedComponent: "expected a version component e.g. `2` or `rc`"
            case .leftOver: "encountered more characters but expected none"
            case .number: "invalid number"
            case .epoch: "epoch is not a number"
            case .mixedSeparators: "cannot use both underscores and dashes as version segment separators"
            }
        }
    }

    let bytes: [UInt8]
    var index = 0
    /// Which of `-` and `_` was used; both together are not allowed.
    private var separator: UInt8?

    /// Begins at `index`; `end` checks what follows the version.
    init(bytes: [UInt8], from index: Int = 0) {
        self.bytes = bytes
        self.index = index
    }

    private func peek(_ distance: Int = 0) -> UInt8 {
        index + distance < bytes.count ? bytes[index + distance] : 0
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    /// Reads the longest version that begins here.
    mutating func version() throws(Problem) -> (
        epoch: UInt64, segments: [CondaVersion.Segment], local: [CondaVersion.Segment]
    ) {
        (try epoch(), try segments(), skip(UInt8(ascii: "+")) ? try segments() : [])
    }

    private mutating func epoch() throws(Problem) -> UInt64 {
        let digits = bytes[index...].prefix(while: isASCIIDigit)
        guard !digits.isEmpty, peek(digits.count) == UInt8(ascii: "!") else { return 0 }
        guard let epoch = UInt64(String(decoding: digits, as: UTF8.self)) else { throw .epoch }
        index += digits.count + 1
        return epoch
    }

    private mutating func segments() throws(Problem) -> [CondaVersion.Segment] {
        var segments = [try segment()]
        while isSeparator(peek()), isASCIIDigit(peek(1)) || isASCIILetter(peek(1)) {
            try takeSeparator()
            segments.append(try segment())
        }
        guard isSeparator(peek()) else { return segments }
        if isDashOrUnderscore(peek(1)) {
            // Two separators at the end make a segment of their own.
            try takeSeparator()
            try takeSeparator()
            segments.append([.number(0), .underscore])
        } else if isDashOrUnderscore(peek()) {
            try takeSeparator()
            segments[segments.count - 1].append(.underscore)
        }
        return segments
    }

    func end() throws(Problem) {
        if index < bytes.count { throw .leftOver }
    }

    private mutating func takeSeparator() throws(Problem) {
        let byte = peek()
        index += 1
        guard isDashOrUnderscore(byte) else { return }
        if let separator, separator != byte { throw .mixedSeparators }
        separator = byte
    }

    private mutating func segment() throws(Problem) -> CondaVersion.Segment {
        var components: CondaVersion.Segment = []
        while true {
            if isASCIIDigit(peek()) {
                let digits = bytes[index...].prefix(while: isASCIIDigit)
                index += digits.count
                guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { throw .number }
                components.append(.number(number))
            } else if isASCIILetter(peek()) {
                let letters = bytes[index...].prefix(while: isASCIILetter).map(asciiLowercased)
                index += letters.count
                if components.isEmpty { components.append(.number(0)) }
                components.append(component(letters))
            } else {
                break
            }
        }
        if components.isEmpty { throw .expectedComponent }
        return components
    }

    private func component(_ letters: [UInt8]) -> CondaVersion.Component {
        let text = ByteString(letters)
        return text == "dev" ? .dev : text == "post" ? .post : .letters(text)
    }
}

private func isDashOrUnderscore(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") }
private func isSeparator(_ byte: UInt8) -> Bool { isDashOrUnderscore(byte) || byte == UInt8(ascii: ".") }
