import Support

/// What the original's library read from each lock file of the shared data.
public enum GoldenLocks {
    /// The names of all lock files.
    public static func names() throws -> [String] {
        try Sys.list(Shared.file("data/locks")).map(\.lossyString)
            .filter { $0.hasSuffix(".lock") || $0.hasSuffix(".yml") }.sorted()
    }

    public static func path(_ name: String) throws -> ByteString { try Shared.file("data/locks/\(name)") }

    /// The files that must be refused, with the message.
    public static func errors() throws -> [String: String] {
        let text = try File.open(Shared.file("data/locks/golden/errors.json")).slice().readAll()
        var errors: [String: String] = [:]
        for member in try JSONDocument(text).root.members.map(Array.init) ?? [] {
            errors[member.name.lossyString] = member.value.string
        }
        return errors
    }

    /// What was read from a lock file; nil for those that must be refused.
    public static func golden(_ name: String) throws -> JSONValue? {
        let path = try Shared.file("data/locks/golden/\(name).json.gz")
        guard try Sys.exists(path) else { return nil }
        guard let gzip = ChildProcess.find("gzip") else { throw Failure("no gzip") }
        return try JSONDocument(Array(ChildProcess.run([gzip, "-dc", path.lossyString]).output.utf8)).root
    }

    /// Where the listing of a lock file (`pixi-pack list --all --json`) is not what was read from it.
    public static func differences(listing: JSONValue, golden: JSONValue) -> [String] {
        var wanted: [String: JSONValue] = [:]
        for environment in golden["environments"]?.members.map(Array.init) ?? [] {
            for platform in environment.value.members.map(Array.init) ?? [] {
                wanted["\(environment.name) \(platform.name)"] = platform.value
            }
        }
        var differences: [String] = []
        for part in listing.elements.map(Array.init) ?? [] {
            let place = "\(part["environment"]?.string ?? "?") \(part["platform"]?.string ?? "?")"
            guard let expected = wanted.removeValue(forKey: place) else {
                differences.append("\(place): unexpected")
                continue
            }
            let expectedRows = sortingVariants(expected.elements.map { $0.map(goldenRow) } ?? [])
            let rows = sortingVariants(part["packages"]?.elements.map { $0.map(listedRow) } ?? [])
            for index in 0..<max(expectedRows.count, rows.count) {
                let found = index < rows.count ? rows[index] : "nothing"
                let expected = index < expectedRows.count ? expectedRows[index] : "nothing"
                if found != expected {
                    differences.append("\(place) [\(index)]\n  is     \(found)\n  not    \(expected)")
                }
            }
        }
        return differences + wanted.keys.sorted().map { "\($0): missing" }
    }

    /// Source packages of one name are ordered by a hash of their content, which we do not compute
    /// (docs/spec/lock.md#order).
    private static func sortingVariants(_ rows: [String]) -> [String] {
        func isSource(_ row: String) -> Bool { row.contains("k: \"source\"") }
        return rows.filter { !isSource($0) && $0.contains("k: \"conda\"") } + rows.filter(isSource).sorted()
            + rows.filter { !isSource($0) && !$0.contains("k: \"conda\"") }
    }

    private static func goldenRow(_ row: JSONValue) -> String {
        var members = fields(row)
        // The library is newer than the original there; we leave an unknown version out.
        if members["version"] == "\"<dynamic>\"" { members["version"] = nil }
        return line(members)
    }

    private static func listedRow(_ row: JSONValue) -> String {
        var members = row["record"].map(fields) ?? [:]
        let kinds = ["conda": "conda", "conda-source": "source", "pypi": "pypi"]
        members["k"] = "\"\(kinds[row["kind"]?.string ?? ""] ?? "?")\""
        members["loc"] = row["location"].map(canonical)
        members["name"] = row["name"].map(canonical)
        if row["kind"]?.string == "pypi" { members["version"] = row["version"].map(canonical) }
        return line(members)
    }

    private static func fields(_ object: JSONValue) -> [String: String] {
        var fields: [String: String] = [:]
        for member in object.members.map(Array.init) ?? [] { fields["\(member.name)"] = canonical(member.value) }
        return fields
    }

    private static func line(_ members: [String: String]) -> String {
        members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }

    /// The value on one line, without blanks and with its strings decoded.
    private static func canonical(_ value: JSONValue) -> String {
        if let elements = value.elements { return "[" + elements.map(canonical).joined(separator: ",") + "]" }
        if let members = value.members {
            return "{" + members.map { "\"\($0.name)\":\(canonical($0.value))" }.joined(separator: ",") + "}"
        }
        return value.string.map { "\"\($0)\"" } ?? value.rawText
    }
}
