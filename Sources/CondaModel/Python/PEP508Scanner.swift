import Support

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
