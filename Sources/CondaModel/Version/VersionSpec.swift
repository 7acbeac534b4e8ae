import Support

/// A constraint on a conda version: `>=1.2,<2|3.*` (docs/spec/lock.md#match-specs).
public indirect enum VersionSpec: Sendable {
    /// `*`
    case any
    /// Joined by `,`.
    case all([VersionSpec])
    /// Joined by `|`.
    case either([VersionSpec])
    case compare(Comparison, CondaVersion)
    /// `1.2.*` or `=1.2`
    case startsWith(CondaVersion)
    /// `!=1.2.*`
    case notStartsWith(CondaVersion)
    /// `~=`
    case compatible(CondaVersion)

    /// How a version is compared with the one given.
    public enum Comparison: String, Sendable {
        case equal = "=="
        case notEqual = "!="
        case above = ">"
        case atLeast = ">="
        case below = "<"
        case atMost = "<="

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .equal: left == right
            case .notEqual: left != right
            case .above: left > right
            case .atLeast: left >= right
            case .below: left < right
            case .atMost: left <= right
            }
        }
    }

    /// - Throws: `Failure` with the original's message.
    public init(_ text: String) throws {
        let bytes = text.utf8.filter { !isSpace($0) }
        var parser = VersionSpecParser(bytes: Array(bytes))
        guard let spec = try parser.group(), parser.isAtEnd else {
            throw Failure("unable to parse version spec: \(text)")
        }
        self = spec
    }

    /// Whether the version fulfils the constraint.
    public func matches(_ version: CondaVersion) -> Bool {
        switch self {
        case .any: true
        case .all(let specs): specs.allSatisfy { $0.matches(version) }
        case .either(let specs): specs.contains { $0.matches(version) }
        case .compare(let comparison, let other): comparison.holds(version, other)
        case .startsWith(let prefix): version.starts(with: prefix)
        case .notStartsWith(let prefix): !version.starts(with: prefix)
        case .compatible(let least):
            version >= least && version.localStarts(with: least)
                && (least.withoutLastSegment.map { version.starts(with: $0) } ?? true)
        }
    }
}
