import Support

/// The list of paths in packages older than `paths.json`: `info/files`, `has_prefix`, `no_link`, `no_softlink`
/// (docs/spec/install.md#info).
struct LegacyPaths {
    /// The placeholder of a line of `has_prefix` that has only a path.
    static let defaultPlaceholder: ByteString = "/opt/anaconda1anaconda2anaconda3"

    var files: [UInt8]
    var hasPrefix: [UInt8]?
    var noLink: [UInt8]?
    var noSoftlink: [UInt8]?

    /// - Parameter kind: what the archive has at a path; nil if it has nothing there.
    /// - Throws: `Failure` if a listed path is unsafe or not in the archive, or a line of `has_prefix` is malformed.
    func paths(
        budget: MetadataBudget, kind: (RelativePath) -> PackagePath.Kind?
    ) throws -> [PackagePath] {
        let placeholders = try describing("could not read info/has_prefix") { try self.placeholders(budget) }
        var copied: Set<ByteString> = []
        for line in [noLink, noSoftlink].compactMap({ $0 }).flatMap({ LegacyPaths.lines($0) })
        where !line.isEmpty && copied.insert(ByteString(line)).inserted {
            try budget.spend(line.count, fixed: 100)
        }
        return try describing("could not read info/files") {
            try LegacyPaths.lines(files).filter { !$0.isEmpty }.map { line in
                let name = ByteString(line)
                try budget.spend(name.count)
                guard let kind = kind(try RelativePath(name)) else {
                    throw Failure("the listed path '\(name)' is not in the package")
                }
                var path = try PackagePath(name, kind: kind)
                path.noLink = copied.contains(name)
                path.placeholder = placeholders[name]
                return path
            }
        }
    }

    /// Lines end in LF or CRLF; text behind the last line end is a line if it is not empty.
    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    }

    private func placeholders(_ budget: MetadataBudget) throws -> [ByteString: PackagePath.Placeholder] {
        var result: [ByteString: PackagePath.Placeholder] = [:]
        for line in LegacyPaths.lines(hasPrefix ?? []) {
            let tokens = try LegacyPaths.tokens(line)
            try budget.spend(line.count, fixed: 200)
            switch tokens.count {
            case 1: result[tokens[0]] = .init(text: LegacyPaths.defaultPlaceholder, mode: .text)
            case 3:
                guard
                    let mode = PackagePath.Placeholder.FileMode(rawValue: tokens[1].lossyString.lowercased())
                else { throw Failure("unknown mode '\(tokens[1])' in line '\(ByteString(line))'") }
                result[tokens[2]] = .init(text: tokens[0], mode: mode)
            default: throw Failure("line '\(ByteString(line))' has \(tokens.count) parts, expected 1 or 3")
            }
        }
        return result
    }

    /// Splits at white space. A token may be in double quotes, with backslash escapes.
    private static func tokens(_ line: ArraySlice<UInt8>) throws -> [ByteString] {
        func malformed(_ reason: Message) -> Failure { Failure("malformed line '\(ByteString(line))': \(reason)") }
        var tokens: [ByteString] = []
        var rest = line
        while true {
            guard let first = rest.first, !isSpace(first) else { throw malformed("a part is empty") }
            if first == UInt8(ascii: "\"") {
                guard let token = quoted(&rest) else { throw malformed("a quote is not closed") }
                tokens.append(token)
            } else {
                let token = rest.prefix { !isSpace($0) }
                tokens.append(ByteString(token))
                rest = rest.dropFirst(token.count)
            }
            if rest.isEmpty { return tokens }
            guard let next = rest.first, isSpace(next) else { throw malformed("text behind a closing quote") }
            rest = rest.drop(while: isSpace)
        }
    }

    /// Takes a quoted token from the front; nil if its closing quote is missing.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> ByteString? {
        var token: [UInt8] = []
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            switch rest[index] {
            case UInt8(ascii: "\""):
                rest = rest[(index + 1)...]
                return ByteString(token)
            case UInt8(ascii: "\\"):
                index += 1
                guard index < rest.endIndex else { return nil }
                token.append(rest[index])
            default: token.append(rest[index])
            }
            index += 1
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
