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

/// Reads the parts of a requirement, markers included.
struct PEP508Scanner {
    struct Problem: Error {
        let reason: Message
    }

    let bytes: [UInt8]
    var index = 0
    private var depth = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { index >= bytes.count }
    var next: UInt8 { index < bytes.count ? bytes[index] : 0 }

    mutating func skipSpace() {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    }

    mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard !isAtEnd, UInt32(next) == byte.value else { return false }
        index += 1
        return true
    }

    mutating func take(while condition: (UInt8) -> Bool) -> String {
        let run = bytes[min(index, bytes.count)...].prefix(while: condition)
        index += run.count
        return String(decoding: run, as: UTF8.self)
    }

    mutating func marker() throws(Problem) -> PEP508Marker {
        depth += 1
        defer { depth -= 1 }
        if depth > 64 { throw Problem(reason: "its marker is nested too deeply") }
        var markers = [try conjunction()]
        while skipWord("or") { markers.append(try conjunction()) }
        return markers.count == 1 ? markers[0] : .any(markers)
    }

    private mutating func conjunction() throws(Problem) -> PEP508Marker {
        var markers = [try term()]
        while skipWord("and") { markers.append(try term()) }
        return markers.count == 1 ? markers[0] : .all(markers)
    }

    private mutating func term() throws(Problem) -> PEP508Marker {
        skipSpace()
        if skip("(") {
            let inner = try marker()
            skipSpace()
            guard skip(")") else { throw Problem(reason: "a ')' is missing in its marker") }
            return inner
        }
        let left = try operand()
        skipSpace()
        let sign: String
        if skipWord("in") {
            sign = "in"
        } else if skipWord("not") {
            guard skipWord("in") else { throw Problem(reason: "'not' without 'in' in its marker") }
            sign = "not in"
        } else {
            sign = take { "<>=!~".utf8.contains($0) }
            guard ["<", "<=", "!=", "==", ">=", ">", "~=", "==="].contains(sign) else {
                throw Problem(reason: "its marker has no comparison where one is needed")
            }
        }
        return mirrored(.comparison(left, operator: sign, try operand()))
    }

    /// The comparison turned round so that the variable is on the left, where comparisons expect it.
    private func mirrored(_ marker: PEP508Marker) -> PEP508Marker {
        guard case .comparison(.text(let text), let sign, .variable(let name)) = marker,
            sign != "in", sign != "not in", sign != "~="
        else { return marker }
        let mirror = ["<": ">", "<=": ">=", ">": "<", ">=": "<="][sign] ?? sign
        return .comparison(.variable(name), operator: mirror, .text(text))
    }

    private mutating func operand() throws(Problem) -> PEP508Marker.Operand {
        skipSpace()
        for quote in ["\"", "'"] as [Unicode.Scalar] where skip(quote) {
            let text = take { UInt32($0) != quote.value }
            guard skip(quote) else { throw Problem(reason: "a quote is not closed in its marker") }
            return .text(text)
        }
        let name = take { isASCIIAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        let known = [
            "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
            "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
            "implementation_version", "extra", "os.name", "sys.platform", "platform.version", "platform.machine",
            "platform.python_implementation", "python_implementation", "extras", "dependency_groups",
        ]
        guard known.contains(name) else {
            throw Problem(reason: name.isEmpty ? "its marker is incomplete" : "'\(name)' is no marker variable")
        }
        return .variable(name)
    }

    private mutating func skipWord(_ word: String) -> Bool {
        skipSpace()
        let end = index + word.utf8.count
        guard end <= bytes.count, bytes[index..<end].elementsEqual(word.utf8),
            end == bytes.count || !(isASCIIAlphanumeric(bytes[end]) || bytes[end] == UInt8(ascii: "_"))
        else { return false }
        index = end
        return true
    }
}
