import Support

/// A conda version: `[epoch!]part[+local]`, with conda's order (docs/spec/lock.md#version-order).
///
///     try CondaVersion("1.10") > CondaVersion("1.9")  // true: numbers are compared as numbers
///     try CondaVersion("2.0rc1") < CondaVersion("2.0")  // true: a pre-release comes first
public struct CondaVersion: Sendable {
    /// As written.
    public let text: String
    let epoch: UInt64
    let segments: [Segment]
    let local: [Segment]

    /// What is between two separators, with a 0 in front of letters.
    typealias Segment = [Component]

    /// A run of digits or of letters. The order of the cases is the order in which kinds are compared.
    enum Component: Sendable, Hashable {
        case dev
        /// A trailing `_` or `-`.
        case underscore
        /// In lower case.
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

    /// - Throws: `Failure` with the original's message (docs/spec/lock.md#version-order).
    public init(_ text: String) throws {
        var parser = VersionParser(bytes: Array(text.utf8))
        do throws(VersionParser.Problem) {
            (epoch, segments, local) = try parser.version()
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

    /// The version without its last segment and its local part, as `~=` needs it; nil if there is only one segment.
    var withoutLastSegment: CondaVersion? {
        guard segments.count > 1 else { return nil }
        return CondaVersion(text: text, epoch: epoch, segments: segments.dropLast(), local: [])
    }

    /// The first two segments if both are plain numbers: 3.12 of `3.12.5` and `1!3.12.1`, nil for `3` and `3.13rc1`
    /// (docs/spec/install.md#python).
    public var majorMinor: (major: UInt64, minor: UInt64)? {
        guard segments.count >= 2, segments[0].count == 1, segments[1].count == 1,
            case .number(let major) = segments[0][0], case .number(let minor) = segments[1][0]
        else { return nil }
        return (major, minor)
    }

    /// Whether the version has `prefix` as its beginning: `1.2.3` starts with `1.2`, `1.20` does not
    /// (docs/spec/lock.md#match-specs).
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
            // Only the last segment of the prefix may go on in the version.
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
    /// Compared by value, not by text: `1.0` and `1` are equal.
    public static func == (left: CondaVersion, right: CondaVersion) -> Bool { order(left, right) == 0 }
    public static func < (left: CondaVersion, right: CondaVersion) -> Bool { order(left, right) < 0 }
}

extension CondaVersion: CustomStringConvertible {
    public var description: String { text }
}
