/// Text for people. Literals in the source of this program are taken as they are. Every value that is put into a
/// message is foreign and goes through `VisibleText`: a name with a line break, for example, cannot pretend to be
/// another message.
///
///     let message: Message = "could not read '\(path)'"
///
/// A `String` can only become a message as a value in one. Errors, warnings, notes and the results of commands for
/// people are all messages.
public struct Message: Sendable {
    /// With all values at full length.
    public private(set) var text: String
    /// With long values shortened (`VisibleText.limit`); nil if no value is long.
    private var short: String?

    private init(text: String, short: String?) {
        self.text = text
        self.short = short
    }

    /// An empty message with room for so many bytes.
    private init(capacity: Int) {
        text = ""
        text.reserveCapacity(capacity)
    }

    /// The text for errors and warnings, in which values of more than `VisibleText.limit` bytes are shortened.
    public var brief: String { short ?? text }

    public var isEmpty: Bool { text.isEmpty }

    /// Whether the text contains `part`.
    public func contains(_ part: String) -> Bool { text.contains(text: part) }

    /// Whether the text begins with `start`.
    func hasPrefix(_ start: String) -> Bool { text.hasPrefix(start) }

    /// A message that is one value and nothing else.
    init<Value>(value: Value) { self = "\(value)" }

    /// What the argument parser says. It repeats words that were typed, so each word goes through `VisibleText`.
    public init(words text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map { VisibleText.of(String($0)) }
        let brief = words.map { VisibleText.shortened($0) }
        self.init(text: words.joined(separator: " "), short: brief.joined(separator: " "))
    }

    /// Values, each of them a line.
    public init(lines: [String]) {
        self.init(capacity: lines.reduce(0) { $0 + $1.utf8.count + 1 })
        for line in lines {
            text += VisibleText.of(line)
            text += "\n"
        }
    }

    public static func + (left: Message, right: Message) -> Message {
        var result = left
        result += right
        return result
    }

    /// Takes no more time than `right` is long, so that a message of many parts is made in one go.
    public static func += (left: inout Message, right: Message) { left.append(right.text, short: right.short) }

    fileprivate mutating func append(_ more: String, short moreShort: String?) {
        if short == nil, moreShort != nil { short = text }
        short?.append(moreShort ?? more)
        text.append(more)
    }
}

extension Message: Hashable {
    /// Whether both have the same text, byte by byte.
    public static func == (left: Message, right: Message) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Message: ExpressibleByStringInterpolation, CustomStringConvertible {
    public var description: String { text }

    public init(stringLiteral value: String) { self.init(text: value, short: nil) }

    public init(stringInterpolation: StringInterpolation) {
        self = stringInterpolation.message
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var message: Message

        public init(literalCapacity: Int, interpolationCount: Int) {
            message = Message(capacity: literalCapacity + interpolationCount * 16)
        }

        public mutating func appendLiteral(_ literal: String) { message.append(literal, short: nil) }

        /// A value, made visible. Messages and errors have been made visible already.
        public mutating func appendInterpolation<Value>(_ value: Value) {
            switch value {
            case let message as Message: self.message += message
            case let failure as Failure: message += failure.chained
            case let error as SystemError: message += error.message
            default:
                let visible = VisibleText.of(String(describing: value))
                message.append(
                    visible, short: visible.utf8.count > VisibleText.limit ? VisibleText.shortened(visible) : nil)
            }
        }

        /// What another program printed: each line on a line of its own, behind a mark that no message begins with.
        public mutating func appendInterpolation(lines output: String) {
            for line in output.split(whereSeparator: \.isNewline) {
                appendLiteral("\n  | ")
                appendInterpolation(line)
            }
        }
    }
}

extension Sequence<Message> {
    /// The messages with `separator` between them.
    public func joined(separator: Message = "") -> Message {
        var result: Message = ""
        for (index, message) in enumerated() {
            if index > 0 { result += separator }
            result += message
        }
        return result
    }
}

extension Sequence where Element: CustomStringConvertible {
    /// The values with `separator` between them: `a, b, c`.
    public func listed(separator: Message = ", ") -> Message { map { "\($0)" as Message }.joined(separator: separator) }
}
