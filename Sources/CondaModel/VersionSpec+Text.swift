extension VersionSpec: CustomStringConvertible {
    /// The spec in canonical form: an operator in front of each version (`==1.0`, `>=1,<2|1.2.*`), no blanks.
    public var description: String {
        switch self {
        case .any: "*"
        case .all(let specs):
            // `,` binds tighter than `|`.
            specs.map { if case .either = $0 { "(\($0))" } else { "\($0)" } }.joined(separator: ",")
        case .either(let specs): specs.map { "\($0)" }.joined(separator: "|")
        case .compare(let comparison, let version): comparison.rawValue + version.text
        case .startsWith(let version): "\(version.text).*"
        case .notStartsWith(let version): "!=\(version.text).*"
        case .compatible(let version): "~=\(version.text)"
        }
    }
}
