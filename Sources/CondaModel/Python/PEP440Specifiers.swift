import Support

/// Constraints on the version of a Python distribution, joined by commas: `>=1.2,<2,!=1.5.*` (PEP 440).
public struct PEP440Specifiers: Sendable, Hashable {
    /// The single constraints, all of which have to be fulfilled.
    let specifiers: [Specifier]

    /// One constraint.
    struct Specifier: Sendable, Hashable {
        enum Operator: String, Sendable, CaseIterable {
            // Longer ones first, as the parser takes the first that fits.
            case arbitrarilyEqual = "==="
            case compatible = "~="
            case equal = "=="
            case notEqual = "!="
            case atMost = "<="
            case atLeast = ">="
            case below = "<"
            case above = ">"
        }
        let `operator`: Operator
        /// The normal form, or the raw text after `===`.
        let version: PEP440Version?
        /// `.*` at the end; only with `==` and `!=`.
        let isPrefix: Bool
        /// As written, without white space around it.
        let text: String
    }

    /// - Throws: `Failure` naming the text and the part that is not a specifier.
    public init(_ text: String) throws {
        var specifiers: [Specifier] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
            let trimmed = trim(part)
            if trimmed.isEmpty { continue }
            guard let specifier = Specifier(trimmed) else {
                throw Failure(
                    "'\(String(decoding: trimmed, as: UTF8.self))' is not a valid version specifier (PEP 440)")
            }
            specifiers.append(specifier)
        }
        self.specifiers = specifiers
    }

    /// Whether the version fulfils all constraints. Pre-releases are treated like all other versions: the version was
    /// chosen already, so nothing has to be excluded by default.
    public func contains(_ version: PEP440Version) -> Bool { specifiers.allSatisfy { $0.contains(version) } }

    /// The constraints as written, joined by commas.
    public var text: String { specifiers.map(\.text).joined(separator: ",") }
}

extension PEP440Specifiers.Specifier {
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let found = Operator.allCases.first(where: { bytes.starts(with: $0.rawValue.utf8) }) else { return nil }
        var rest = trim(bytes.dropFirst(found.rawValue.utf8.count))
        if rest.isEmpty { return nil }
        text = found.rawValue + String(decoding: rest, as: UTF8.self)
        self.operator = found
        if found == .arbitrarilyEqual {
            version = try? PEP440Version(String(decoding: rest, as: UTF8.self))
            isPrefix = false
            return
        }
        isPrefix = rest.count > 2 && rest.suffix(2).elementsEqual(".*".utf8)
        if isPrefix { rest = rest.dropLast(2) }
        guard let version = try? PEP440Version(String(decoding: rest, as: UTF8.self)) else { return nil }
        if isPrefix && (found != .equal && found != .notEqual || !version.local.isEmpty || version.dev != nil) {
            return nil
        }
        if found == .compatible && version.release.count < 2 { return nil }
        if !version.local.isEmpty && found != .equal && found != .notEqual { return nil }
        self.version = version
    }

    /// Whether the version fulfils the constraint (PEP 440, "Version specifiers").
    func contains(_ candidate: PEP440Version) -> Bool {
        guard let version else {
            return candidate.text.utf8.elementsEqual(text.utf8.dropFirst(3))
        }
        switch `operator` {
        case .arbitrarilyEqual: return candidate.text.utf8.elementsEqual(version.text.utf8)
        case .equal: return equals(candidate, version)
        case .notEqual: return !equals(candidate, version)
        case .atMost: return candidate.withoutLocal <= version
        case .atLeast: return candidate.withoutLocal >= version
        case .below:
            // `<1.0` excludes the pre-releases of 1.0 itself.
            return candidate < version
                && (version.isPreRelease || !candidate.isPreRelease || !candidate.hasRelease(of: version))
        case .above:
            guard candidate.withoutLocal > version else { return false }
            return version.post != nil || candidate.post == nil || !candidate.hasRelease(of: version)
        case .compatible:
            return candidate.withoutLocal >= version
                && candidate.starts(
                    with: PEP440Version(epoch: version.epoch, release: version.release.dropLast()))
        }
    }

    private func equals(_ candidate: PEP440Version, _ version: PEP440Version) -> Bool {
        if isPrefix { return candidate.starts(with: version) }
        return (version.local.isEmpty ? candidate.withoutLocal : candidate) == version
    }
}

extension PEP440Version {
    /// Whether both have the same epoch and release numbers.
    fileprivate func hasRelease(of other: PEP440Version) -> Bool {
        PEP440Version(epoch: epoch, release: release) == PEP440Version(epoch: other.epoch, release: other.release)
    }

    /// Prefix match: compares the release numbers, with zeros added to this version if it has fewer; the stages (`a1`,
    /// `post2`) are compared only if all numbers agree.
    fileprivate func starts(with prefix: PEP440Version) -> Bool {
        guard epoch == prefix.epoch else { return false }
        for (index, number) in prefix.release.enumerated() where releaseNumber(index) != number { return false }
        guard prefix.pre != nil || prefix.post != nil else { return true }
        guard hasRelease(of: prefix), prefix.pre == pre else { return false }
        return prefix.post == nil || prefix.post == post
    }
}
