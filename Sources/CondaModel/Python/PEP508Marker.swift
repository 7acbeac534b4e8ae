import Support

/// The condition after `;` of a requirement: `python_version < "3.11" and extra == "test"` (PEP 508).
public indirect enum PEP508Marker: Sendable, Hashable {
    // Lists instead of pairs: with pairs, a chain of a million conditions would be a million levels deep.
    case all([PEP508Marker])
    case any([PEP508Marker])
    case comparison(Operand, operator: String, Operand)

    /// A side of a comparison.
    public enum Operand: Sendable, Hashable {
        case variable(String)
        case text(String)
    }

    /// Whether the condition is true. `extras` are the extras of the package that were asked for.
    func holds(in environment: MarkerEnvironment, extras: Set<PyPIName>) -> Bool {
        switch self {
        case .all(let markers): return markers.allSatisfy { $0.holds(in: environment, extras: extras) }
        case .any(let markers): return markers.contains { $0.holds(in: environment, extras: extras) }
        case .comparison(.variable("extra"), let sign, .text(let name)),
            .comparison(.text(let name), let sign, .variable("extra")):
            let isAsked = (try? PyPIName(name)).map(extras.contains) ?? false
            return sign == "!=" ? !isAsked : sign == "==" && isAsked
        case .comparison(let left, let sign, let right):
            return PEP508Marker.compare(
                left.value(in: environment), sign, right.value(in: environment),
                asVersions: left.isVersion || right.isVersion)
        }
    }

    private static func compare(_ left: String, _ sign: String, _ right: String, asVersions: Bool) -> Bool {
        if asVersions, sign != "in", sign != "not in" {
            if let version = try? PEP440Version(left), let specifiers = try? PEP440Specifiers(sign + right) {
                return specifiers.contains(version)
            }
            // Values that cannot be read as a version and a constraint do not fulfil it.
            return false
        }
        let (leftBytes, rightBytes) = (ByteString(left), ByteString(right))
        switch sign {
        case "==", "===": return leftBytes == rightBytes
        case "!=": return leftBytes != rightBytes
        case "<": return leftBytes < rightBytes
        case "<=": return leftBytes <= rightBytes
        case ">": return leftBytes > rightBytes
        case ">=": return leftBytes >= rightBytes
        case "in": return rightBytes.contains(leftBytes)
        case "not in": return !rightBytes.contains(leftBytes)
        default: return false
        }
    }
}

extension PEP508Marker.Operand {
    fileprivate func value(in environment: MarkerEnvironment) -> String {
        switch self {
        case .variable(let name): environment[name] ?? ""
        case .text(let text): text
        }
    }

    fileprivate var isVersion: Bool {
        switch self {
        case .variable("python_version"), .variable("python_full_version"), .variable("implementation_version"): true
        default: false
        }
    }
}

extension ByteString {
    /// Whether `part` occurs in the text.
    fileprivate func contains(_ part: ByteString) -> Bool {
        if part.isEmpty { return true }
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part.bytes) }
    }
}
