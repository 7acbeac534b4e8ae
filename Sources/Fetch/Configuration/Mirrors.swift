import CondaModel
import Support

/// Which places are asked instead of the one a package names (docs/spec/network.md#mirrors).
///
/// Better than the original: a request that fails at one mirror goes on to the next, and queries stay queries.
struct Mirrors: Sendable {
    private struct Rule: Sendable {
        let prefix: String
        let mirrors: [WebURL]
        /// Failures of each mirror over all requests.
        let failures: Locked<[Int]>
    }

    private let rules: [Rule]

    init(_ configuration: [WebURL: [WebURL]]) {
        // The longest path first; equal ones in order of their text, so that runs are alike.
        rules =
            configuration
            .map { (Mirrors.withSlash($0.key.text), $0.value) }
            .sorted { left, right in
                let (leftCount, rightCount) = (left.0.utf8.count, right.0.utf8.count)
                return leftCount != rightCount
                    ? leftCount > rightCount : left.0.utf8.lexicographicallyPrecedes(right.0.utf8)
            }
            .map { Rule(prefix: $0.0, mirrors: $0.1, failures: Locked(Array(repeating: 0, count: $0.1.count))) }
    }

    private static func withSlash(_ text: String) -> String { text.utf8.last == UInt8(ascii: "/") ? text : text + "/" }

    /// The rule for a URL; nil if the URL is asked itself.
    func rule(for url: WebURL) -> Int? { rules.firstIndex { url.text.utf8.starts(with: $0.prefix.utf8) } }

    /// What the URLs of a rule begin with.
    func prefix(_ rule: Int) -> String? { rules.indices.contains(rule) ? rules[rule].prefix : nil }

    /// How many mirrors a rule has.
    func count(_ rule: Int) -> Int { rules.indices.contains(rule) ? rules[rule].mirrors.count : 0 }

    /// The mirror with the fewest failures that is not excluded; the earlier of equals.
    func choose(_ rule: Int, excluding excluded: Set<Int>) -> MirrorChoice? {
        guard rules.indices.contains(rule) else { return nil }
        let failures = rules[rule].failures.withLock { $0 }
        let best = failures.indices.filter { !excluded.contains($0) }.min {
            (failures[$0], $0) < (failures[$1], $1)
        }
        return best.map { MirrorChoice(prefix: rule, index: $0) }
    }

    /// The URL to ask.
    func rewrite(_ url: WebURL, _ choice: MirrorChoice) throws -> WebURL {
        guard rules.indices.contains(choice.prefix), rules[choice.prefix].mirrors.indices.contains(choice.index) else {
            return url
        }
        let rule = rules[choice.prefix]
        var base = rule.mirrors[choice.index].text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        while base.last == UInt8(ascii: "/") { base.removeLast() }
        let rest = url.text.utf8.dropFirst(rule.prefix.utf8.count)
        return try WebURL(ByteString(Array(base) + [UInt8(ascii: "/")] + Array(rest)))
    }

    /// A server error or a broken connection: others are preferred from now on.
    func countFailure(_ choice: MirrorChoice) {
        guard rules.indices.contains(choice.prefix) else { return }
        rules[choice.prefix].failures.withLock {
            if $0.indices.contains(choice.index) { $0[choice.index] &+= 1 }
        }
    }
}
