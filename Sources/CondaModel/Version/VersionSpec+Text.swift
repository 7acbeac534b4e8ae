import Support

extension VersionSpec: CustomStringConvertible {
    /// The spec in canonical form: an operator in front of each version (`==1.0`, `>=1,<2|1.2.*`), no blanks, the versions
    /// as `CondaVersion.canonicalText`.
    public var description: String {
        switch self {
        case .any: "*"
        case .all(let specs):
            // `,` binds tighter than `|`.
            specs.map { if case .either = $0 { "(\($0))" } else { "\($0)" } }.joined(separator: ",")
        case .either(let specs): specs.map { "\($0)" }.joined(separator: "|")
        case .compare(let comparison, let version): comparison.rawValue + version.canonicalText
        case .startsWith(let version): "\(version.canonicalText).*"
        case .notStartsWith(let version): "!=\(version.canonicalText).*"
        case .compatible(let version): "~=\(version.canonicalText)"
        }
    }
}

extension CondaVersion {
    /// The version as the original's library writes a version it has read: numbers without leading zeros, letters in
    /// lower case, separators unchanged. `2020.06.20RC1` becomes `2020.6.20rc1`.
    var canonicalText: String {
        var result: [UInt8] = []
        var isInNumber = false
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isLeadingZero =
                byte == UInt8(ascii: "0") && !isInNumber && index + 1 < bytes.count && isASCIIDigit(bytes[index + 1])
            if isLeadingZero { continue }
            isInNumber = isASCIIDigit(byte)
            result.append(asciiLowercased(byte))
        }
        return String(decoding: result, as: UTF8.self)
    }
}
