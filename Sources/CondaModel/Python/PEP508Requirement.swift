import Support

/// What a Python distribution needs: `name[extra] >=1,<2; python_version < "3.11"` (PEP 508).
public struct PEP508Requirement: Sendable, Hashable {
    /// The distribution that is required.
    public let name: PyPIName
    /// The extras of it that are required.
    public let extras: [PyPIName]
    /// Empty if any version will do.
    public let specifiers: PEP440Specifiers
    /// The text after `@`; a requirement with a URL has no specifiers.
    public let url: String?
    /// When the requirement counts; nil if always.
    public let marker: PEP508Marker?
    /// As written.
    public let text: String

    /// - Throws: `Failure` naming the text and what is wrong with it.
    public init(_ text: String) throws {
        var scanner = PEP508Scanner(text)
        func refuse(_ reason: Message) -> Failure {
            Failure("'\(text)' is not a valid requirement (PEP 508): \(reason)")
        }
        do {
            scanner.skipSpace()
            name = try PyPIName(scanner.take { isASCIIAlphanumeric($0) || isNameSeparator($0) })
            scanner.skipSpace()
            extras = try PEP508Requirement.extras(&scanner)
            scanner.skipSpace()
            (specifiers, url) = try PEP508Requirement.constraint(&scanner)
            scanner.skipSpace()
            marker = scanner.skip(";") ? try scanner.marker() : nil
            scanner.skipSpace()
            guard scanner.isAtEnd else { throw PEP508Scanner.Problem(reason: "there is more than a requirement") }
        } catch let problem as PEP508Scanner.Problem {
            throw refuse(problem.reason)
        } catch {
            throw refuse("\(error)")
        }
        self.text = text
    }

    /// Whether the requirement counts in that environment, for a package of which these extras were asked for.
    public func applies(in environment: MarkerEnvironment, extras: Set<PyPIName>) -> Bool {
        marker?.holds(in: environment, extras: extras) ?? true
    }

    private static func extras(_ scanner: inout PEP508Scanner) throws -> [PyPIName] {
        guard scanner.skip("[") else { return [] }
        let list = scanner.take { $0 != UInt8(ascii: "]") }
        guard scanner.skip("]") else { throw PEP508Scanner.Problem(reason: "a ']' is missing") }
        let parts = list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(trim)
        if parts.count == 1, parts[0].isEmpty { return [] }
        return try parts.map { try PyPIName(String(decoding: $0, as: UTF8.self)) }
    }

    private static func constraint(_ scanner: inout PEP508Scanner) throws -> (PEP440Specifiers, String?) {
        if scanner.skip("@") {
            scanner.skipSpace()
            // After a URL the `;` of a marker needs white space before it.
            let url = scanner.take { !isSpace($0) }
            if url.isEmpty { throw PEP508Scanner.Problem(reason: "there is no URL after '@'") }
            return (try PEP440Specifiers(""), url)
        }
        if scanner.skip("(") {
            let inner = scanner.take { $0 != UInt8(ascii: ")") }
            guard scanner.skip(")") else { throw PEP508Scanner.Problem(reason: "a ')' is missing") }
            return (try PEP440Specifiers(inner), nil)
        }
        return (try PEP440Specifiers(scanner.take { $0 != UInt8(ascii: ";") }), nil)
    }
}
