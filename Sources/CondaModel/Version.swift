import Support

/// A conda version: `[epoch!]part[+local]`, ordered as conda orders it (spec lock §3.4).
public struct CondaVersion: Sendable {
    /// As written.
    public let text: String
    let epoch: UInt64
    let segments: [Segment]
    let local: [Segment]

    /// What stands between two separators, with the implicit 0 in front of letters.
    typealias Segment = [Component]

    /// A run of digits or of letters; the order of the cases is the order of the kinds.
    enum Component: Sendable, Hashable {
        case dev
        /// A trailing `_` or `-`.
        case underscore
        /// Letters in lower case.
        case letters(ByteString)
        case number(UInt64)
        case post

        var isZero: Bool { self == .number(0) }

        private var kind: Int {
            switch self {
            case .dev: 0
            case .underscore: 1
            case .letters: 2
            case .number: 3
            case .post: 4
            }
        }

        static func order(_ left: Component, _ right: Component) -> Int {
            switch (left, right) {
            case (.number(let left), .number(let right)): left < right ? -1 : left > right ? 1 : 0
            case (.letters(let left), .letters(let right)): left < right ? -1 : right < left ? 1 : 0
            default: (left.kind - right.kind).signum()
            }
        }
    }

    /// - Throws: `Failure` with the original's text (spec lock §3.4).
    public init(_ text: String) throws {
        var parser = VersionParser(bytes: Array(text.utf8))
        do throws(VersionParser.Problem) {
            epoch = try parser.epoch()
            segments = try parser.segments()
            local = parser.skip(UInt8(ascii: "+")) ? try parser.segments() : []
            try parser.end()
        } catch {
            throw Failure("malformed version string '\(text)': \(error.text(for: text))")
        }
        self.text = text
    }

    init(text: String, epoch: UInt64, segments: [Segment], local: [Segment]) {
        self.text = text
        self.epoch = epoch
        self.segments = segments
        self.local = local
    }

    /// The version without its last segment and local part, as `~=` needs it; nil if there is only one segment.
    var withoutLastSegment: CondaVersion? {
        guard segments.count > 1 else { return nil }
        return CondaVersion(text: text, epoch: epoch, segments: segments.dropLast(), local: [])
    }

    /// The first two segments if both are plain numbers: 3.12 of `3.12.5` and `1!3.12.1`, nil for `3` and `3.13rc1`
    /// (spec install §3.2).
    public var majorMinor: (major: UInt64, minor: UInt64)? {
        guard segments.count >= 2, segments[0].count == 1, segments[1].count == 1,
            case .number(let major) = segments[0][0], case .number(let minor) = segments[1][0]
        else { return nil }
        return (major, minor)
    }

    /// Whether this version lies below `prefix`: `1.2.3` starts with `1.2`, `1.20` does not (spec lock §3.3).
    public func starts(with prefix: CondaVersion) -> Bool {
        epoch == prefix.epoch && CondaVersion.segments(segments, startWith: prefix.segments)
            && localStarts(with: prefix)
    }

    func localStarts(with prefix: CondaVersion) -> Bool {
        prefix.local.isEmpty || CondaVersion.segments(local, startWith: prefix.local)
    }

    private static func segments(_ version: [Segment], startWith prefix: [Segment]) -> Bool {
        for index in prefix.indices {
            let wanted = prefix[index]
            let found = index < version.count ? version[index] : []
            // Only the last segment of the prefix may be continued.
            if found.count > wanted.count && index + 1 < prefix.count { return false }
            for position in wanted.indices {
                let component = position < found.count ? found[position] : .number(0)
                if component != wanted[position] { return false }
            }
        }
        return true
    }

    private static func order(_ left: [Segment], _ right: [Segment]) -> Int {
        for index in 0..<max(left.count, right.count) {
            let leftSegment = index < left.count ? left[index] : []
            let rightSegment = index < right.count ? right[index] : []
            for position in 0..<max(leftSegment.count, rightSegment.count) {
                let order = Component.order(
                    position < leftSegment.count ? leftSegment[position] : .number(0),
                    position < rightSegment.count ? rightSegment[position] : .number(0))
                if order != 0 { return order }
            }
        }
        return 0
    }

    private static func order(_ left: CondaVersion, _ right: CondaVersion) -> Int {
        if left.epoch != right.epoch { return left.epoch < right.epoch ? -1 : 1 }
        let order = order(left.segments, right.segments)
        return order != 0 ? order : self.order(left.local, right.local)
    }
}

extension CondaVersion: Comparable {
    /// `1.0` and `1` are equal; the text plays no role.
    public static func == (left: CondaVersion, right: CondaVersion) -> Bool { order(left, right) == 0 }
    public static func < (left: CondaVersion, right: CondaVersion) -> Bool { order(left, right) < 0 }
}

extension CondaVersion: CustomStringConvertible {
    public var description: String { text }
}

/// Reads the grammar of spec lock §3.4.
private struct VersionParser {
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
    /// The one of `-` and `_` that was used.
    private var separator: UInt8?

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func peek(_ distance: Int = 0) -> UInt8 {
        index + distance < bytes.count ? bytes[index + distance] : 0
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index += 1
        return true
    }

    mutating func epoch() throws(Problem) -> UInt64 {
        let digits = bytes[index...].prefix(while: isDigit)
        guard !digits.isEmpty, peek(digits.count) == UInt8(ascii: "!") else { return 0 }
        guard let epoch = UInt64(String(decoding: digits, as: UTF8.self)) else { throw .epoch }
        index += digits.count + 1
        return epoch
    }

    mutating func segments() throws(Problem) -> [CondaVersion.Segment] {
        var segments = [try segment()]
        while isSeparator(peek()), isDigit(peek(1)) || isLetter(peek(1)) {
            try takeSeparator()
            segments.append(try segment())
        }
        guard isSeparator(peek()) else { return segments }
        if isDashOrUnderscore(peek(1)) {
            // Two at the end make a segment of their own.
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
            if isDigit(peek()) {
                let digits = bytes[index...].prefix(while: isDigit)
                index += digits.count
                guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { throw .number }
                components.append(.number(number))
            } else if isLetter(peek()) {
                let letters = bytes[index...].prefix(while: isLetter).map(lowercased)
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

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased(byte)) }
func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
private func isDashOrUnderscore(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") }
private func isSeparator(_ byte: UInt8) -> Bool { isDashOrUnderscore(byte) || byte == UInt8(ascii: ".") }
