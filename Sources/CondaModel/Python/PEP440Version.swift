import Support

/// The version of a Python distribution (PEP 440). All spellings of the standard are read; the text is the normal form.
public struct PEP440Version: Sendable {
    /// The number before `!`; 0 if there is none.
    let epoch: UInt64
    /// At least one number.
    public let release: [UInt64]
    let pre: PreRelease?
    let post: UInt64?
    let dev: UInt64?
    let local: [LocalPart]

    /// `a1`, `b1` or `rc1`.
    struct PreRelease: Sendable, Equatable {
        enum Kind: String, Sendable {
            case alpha = "a"
            case beta = "b"
            case candidate = "rc"
        }
        let kind: Kind
        let number: UInt64
    }

    /// A part of the local version, between two separators.
    enum LocalPart: Sendable, Equatable {
        case number(UInt64)
        /// In lower case.
        case text(String)
    }

    /// - Throws: `Failure` naming the text if it is not a version.
    public init(_ text: String) throws {
        guard let version = PEP440Version(parsing: text) else {
            throw Failure("'\(text)' is not a valid Python version (PEP 440)")
        }
        self = version
    }

    init(
        epoch: UInt64, release: [UInt64], pre: PreRelease? = nil, post: UInt64? = nil, dev: UInt64? = nil,
        local: [LocalPart] = []
    ) {
        self.epoch = epoch
        self.release = release
        self.pre = pre
        self.post = post
        self.dev = dev
        self.local = local
    }

    private init?(parsing text: String) {
        var scanner = VersionScanner(text)
        guard let epoch = scanner.epoch(), let release = scanner.release() else { return nil }
        self.epoch = epoch
        self.release = release
        do {
            pre = try scanner.preRelease()
            post = try scanner.postRelease()
            dev = try scanner.number(after: ["dev"])?.number
            local = try scanner.local()
        } catch {
            return nil
        }
        if !scanner.isAtEnd { return nil }
    }

    /// Whether it is a pre-release or a development release.
    var isPreRelease: Bool { pre != nil || dev != nil }

    /// The normal form, for example `1!1.0rc1.post2.dev3+ubuntu.1`.
    public var text: String {
        var text = epoch == 0 ? "" : "\(epoch)!"
        text += release.map(String.init).joined(separator: ".")
        if let pre { text += "\(pre.kind.rawValue)\(pre.number)" }
        if let post { text += ".post\(post)" }
        if let dev { text += ".dev\(dev)" }
        if !local.isEmpty {
            text += "+" + local.map(\.text).joined(separator: ".")
        }
        return text
    }

    /// The same version without its local part.
    public var withoutLocal: PEP440Version {
        PEP440Version(epoch: epoch, release: release, pre: pre, post: post, dev: dev)
    }

    /// -1, 0 or 1 by the order of PEP 440.
    static func order(_ left: PEP440Version, _ right: PEP440Version) -> Int {
        if left.epoch != right.epoch { return left.epoch < right.epoch ? -1 : 1 }
        for index in 0..<max(left.release.count, right.release.count) {
            let (first, second) = (left.releaseNumber(index), right.releaseNumber(index))
            if first != second { return first < second ? -1 : 1 }
        }
        let keys = zip(left.stageKey, right.stageKey)
        for (first, second) in keys where first != second { return first < second ? -1 : 1 }
        for (first, second) in zip(left.local, right.local) {
            let order = LocalPart.order(first, second)
            if order != 0 { return order }
        }
        return (left.local.count - right.local.count).signum()
    }

    func releaseNumber(_ index: Int) -> UInt64 { index < release.count ? release[index] : 0 }

    /// Numbers that sort the stages of one release: dev < a < b < rc < final < post.
    private var stageKey: [UInt64] {
        let stage: (UInt64, UInt64) =
            if let pre {
                (pre.kind == .alpha ? 1 : pre.kind == .beta ? 2 : 3, pre.number)
            } else if dev != nil && post == nil {
                (0, 0)
            } else {
                (4, 0)
            }
        return [stage.0, stage.1, post == nil ? 0 : 1, post ?? 0, dev == nil ? 1 : 0, dev ?? 0]
    }
}

extension PEP440Version: Comparable, Hashable, CustomStringConvertible {
    /// `1.0` and `1` are equal.
    public static func == (left: PEP440Version, right: PEP440Version) -> Bool { order(left, right) == 0 }
    public static func < (left: PEP440Version, right: PEP440Version) -> Bool { order(left, right) < 0 }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(release[..<((release.lastIndex { $0 != 0 } ?? -1) + 1)])
        hasher.combine(stageKey)
    }

    public var description: String { text }
}

extension PEP440Version.LocalPart {
    var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }

    /// Numbers are greater than letters.
    static func order(_ left: Self, _ right: Self) -> Int {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.number, .text): 1
        case (.text, .number): -1
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
                ? -1 : right.utf8.lexicographicallyPrecedes(left.utf8) ? 1 : 0
        }
    }
}

/// Reads the parts of a version in order. Case, and which of `.`, `-` and `_` separates, play no role.
private struct VersionScanner {
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) {
        let trimmed = text.utf8.drop(while: isSpace)
        var bytes = trimmed.map(asciiLowercased)
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        if bytes.first == UInt8(ascii: "v") { index = 1 }
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }
    private func peek(_ distance: Int = 0) -> UInt8 { index + distance < bytes.count ? bytes[index + distance] : 0 }

    /// The epoch, 0 if there is none; nil if it is too large.
    mutating func epoch() -> UInt64? {
        let digits = bytes[index...].prefix(while: isASCIIDigit)
        guard !digits.isEmpty, peek(digits.count) == UInt8(ascii: "!") else { return 0 }
        index += digits.count + 1
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    mutating func release() -> [UInt64]? {
        guard isASCIIDigit(peek()), let first = try? digits() else { return nil }
        var numbers = [first]
        while peek() == UInt8(ascii: "."), isASCIIDigit(peek(1)) {
            index += 1
            guard let number = try? digits() else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    mutating func preRelease() throws -> PEP440Version.PreRelease? {
        guard let found = try number(after: ["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"]) else {
            return nil
        }
        let kind: PEP440Version.PreRelease.Kind =
            switch found.word {
            case "alpha", "a": .alpha
            case "beta", "b": .beta
            default: .candidate
            }
        return .init(kind: kind, number: found.number)
    }

    mutating func postRelease() throws -> UInt64? {
        if peek() == UInt8(ascii: "-"), isASCIIDigit(peek(1)) {
            index += 1
            return try digits()
        }
        return try number(after: ["post", "rev", "r"])?.number
    }

    /// One of the words, with separators around it, and its number, 0 if it has none; nil if none of the words is next.
    mutating func number(after words: [String]) throws -> (word: String, number: UInt64)? {
        let start = isNameSeparator(peek()) ? index + 1 : index
        let letters = bytes[min(start, bytes.count)...].prefix(while: isASCIILetter)
        let word = String(decoding: letters, as: UTF8.self)
        guard words.contains(where: { $0.utf8.elementsEqual(letters) }) else { return nil }
        index = start + letters.count
        if isNameSeparator(peek()), isASCIIDigit(peek(1)) {
            index += 1
        } else if isNameSeparator(peek()), !isASCIILetter(peek(1)) {
            // A separator may follow without a number, as in `1.0a.`.
            index += 1
        }
        return (word, isASCIIDigit(peek()) ? try digits() : 0)
    }

    mutating func local() throws -> [PEP440Version.LocalPart] {
        guard peek() == UInt8(ascii: "+") else { return [] }
        var parts: [PEP440Version.LocalPart] = []
        repeat {
            index += 1
            let part = bytes[index...].prefix(while: isASCIIAlphanumeric)
            if part.isEmpty { throw Malformed() }
            index += part.count
            let text = String(decoding: part, as: UTF8.self)
            if part.allSatisfy(isASCIIDigit) {
                guard let number = UInt64(text) else { throw Malformed() }
                parts.append(.number(number))
            } else {
                parts.append(.text(text))
            }
        } while isNameSeparator(peek())
        return parts
    }

    private mutating func digits() throws -> UInt64 {
        let digits = bytes[index...].prefix(while: isASCIIDigit)
        index += digits.count
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else { throw Malformed() }
        return number
    }
}
