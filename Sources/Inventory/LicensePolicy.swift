/// Which licences are not wanted.
public struct LicensePolicy: Sendable {
    private let denied: [String]

    /// - Parameter denied: identifiers of SPDX; `*` at the end stands for any end; `none` is no licence given. Commas
    ///   separate several in one text.
    public init(denied: [String]) {
        self.denied = denied.flatMap { $0.split(separator: ",") }.map { $0.lowercased() }
    }

    /// Whether a package of this licence is refused: no alternative of it is free of what is denied.
    public func denies(_ license: String?) -> Bool {
        guard let license, !license.isEmpty else { return denied.contains("none") }
        let text = license.lowercased().replacing(text: "(", with: " ( ").replacing(text: ")", with: " ) ")
        let words = text.split { $0 == " " || $0 == "," || $0 == ";" || $0 == "/" }.map(String.init)
        // With parentheses the alternatives are those of a part: all of it has to be free of it.
        let alternatives = words.contains("(") ? [words] : words.split(separator: "or").map { Array($0) }
        return alternatives.allSatisfy { $0.contains(where: isDenied) }
    }

    private func isDenied(_ word: String) -> Bool {
        denied.contains { pattern in
            pattern.hasSuffix("*") ? word.hasPrefix(pattern.dropLast()) : word == pattern
        }
    }
}
