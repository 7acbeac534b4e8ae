import Support

extension PackageRecord {
    /// Reads a record of repodata.json or an index.json: the fields and types of docs/spec/install.md#repodata. Other
    /// keys are dropped.
    ///
    /// - Throws: `Failure` naming the field that is missing or has another type.
    public init(json: JSONValue) throws {
        guard json.isObject else { throw Failure("expected a map, found \(json.kindName)") }
        let reader = RecordReader(json)
        let version = try reader.required("version", "a string", \.string)
        _ = try CondaVersion(version)
        self.init(
            name: try CondaName(try reader.required("name", "a string", \.string)), version: version,
            build: try reader.required("build", "a string", \.string),
            buildNumber: try reader.required("build_number", "a non-negative integer", \.uint64),
            subdir: try reader.string("subdir") ?? "")
        arch = try reader.string("arch")
        constrains = try reader.list("constrains", acceptingNull: false) ?? []
        depends = try reader.list("depends", acceptingNull: false) ?? []
        extraDepends = try reader.lists("extra_depends").map { entry in
            ExtraDepends(extra: entry.key.lossyString, depends: entry.list)
        }
        features = try reader.string("features")
        flags = try reader.list("flags") ?? []
        legacyBz2MD5 = try reader.optional("legacy_bz2_md5", "an MD5 digest") { MD5Digest(hex: $0.string ?? "") }
        legacyBz2Size = try reader.optional("legacy_bz2_size", "a non-negative integer", \.uint64)
        license = try reader.string("license")
        licenseFamily = try reader.string("license_family")
        md5 = try reader.optional("md5", "an MD5 digest") { MD5Digest(hex: $0.string ?? "") }
        noarch = try reader.optional("noarch", "true, false, 'python' or 'generic'", NoArch.init(json:)) ?? .none
        platform = try reader.string("platform")
        purls = try reader.list("purls").map { purls in
            try describing("field `purls`") { try PackageURL.canonicalSet(purls) }
        }
        pythonSitePackagesPath = try reader.string("python_site_packages_path")
        if json.present("run_exports") != nil {
            var exports = RunExports()
            for entry in try reader.lists("run_exports") { exports.set(entry.key, to: entry.list) }
            runExports = exports
        }
        sha256 = try reader.optional("sha256", "a SHA-256 digest") { SHA256Digest(hex: $0.string ?? "") }
        size = try reader.optional("size", "a non-negative integer", \.uint64)
        timestamp = try reader.optional("timestamp", "an integer", \.int64)
        trackFeatures = try reader.trackFeatures()
    }
}

extension PackageRecord.RunExports {
    /// Sets the list that `run_exports` calls `name`; does nothing for other names.
    public mutating func set(_ name: ByteString, to list: [String]) {
        switch name {
        case "weak": weak = list
        case "strong": strong = list
        case "noarch": noarch = list
        case "weak_constrains": weakConstrains = list
        case "strong_constrains": strongConstrains = list
        default: break
        }
    }
}

extension NoArch {
    fileprivate init?(json: JSONValue) {
        switch (json.bool, json.string) {
        case (false, _), (_, ""): self = .none
        case (true, _): self = .oldGeneric
        case (_, "python"): self = .python
        case (_, "generic"): self = .generic
        default: return nil
        }
    }
}

/// Reads the members of a record with their types.
private struct RecordReader {
    private let object: JSONValue
    /// The members, which are searched for each key; nil if there are too many to keep.
    private let members: [JSONValue.Member]?

    init(_ object: JSONValue) {
        self.object = object
        var members: [JSONValue.Member] = []
        if let all = object.members { members = Array(all.prefix(Self.mostMembers + 1)) }
        self.members = members.count > Self.mostMembers ? nil : members
    }

    /// Records have about twenty members.
    private static let mostMembers = 64

    private func value(_ key: StaticString) -> JSONValue? {
        guard let members else { return object[key] }
        return members.last { $0.isNamed(key) }?.value
    }

    func optional<Value>(
        _ key: StaticString, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws -> Value? {
        guard let value = value(key), !value.isNull else { return nil }
        return try converted(value, key, expected, convert)
    }

    func required<Value>(_ key: StaticString, _ expected: String, _ convert: (JSONValue) -> Value?) throws -> Value {
        guard let value = value(key) else { throw Failure("missing field `\(key)`") }
        return try converted(value, key, expected, convert)
    }

    func string(_ key: StaticString) throws -> String? { try optional(key, "a string", \.string) }

    func list(_ key: StaticString, acceptingNull: Bool = true) throws -> [String]? {
        guard let value = value(key), !(value.isNull && acceptingNull) else { return nil }
        return try strings(value, key)
    }

    /// A map of lists, sorted by key.
    func lists(_ key: StaticString) throws -> [(key: ByteString, list: [String])] {
        guard let value = value(key), !value.isNull else { return [] }
        guard let members = value.members else { throw mismatch(value, key, "a map of lists") }
        var result: [(key: ByteString, list: [String])] = []
        for member in members where !member.value.isNull {
            result.append((member.name, try strings(member.value, key)))
        }
        return result.sorted { $0.key < $1.key }
    }

    /// A list of strings, or a string that is split at every comma and every blank.
    func trackFeatures() throws -> [String] {
        guard let value = value("track_features") else { return [] }
        guard let text = value.string else { return try strings(value, "track_features") }
        return text.split(omittingEmptySubsequences: false) { $0 == "," || $0 == " " }.map(String.init)
    }

    private func strings(_ value: JSONValue, _ key: StaticString) throws -> [String] {
        guard let elements = value.elements else { throw mismatch(value, key, "a list of strings") }
        return try elements.map { try converted($0, key, "a list of strings", \.string) }
    }

    private func converted<Value>(
        _ value: JSONValue, _ key: StaticString, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws -> Value {
        guard let result = convert(value) else { throw mismatch(value, key, expected) }
        return result
    }

    private func mismatch(_ value: JSONValue, _ key: StaticString, _ expected: String) -> Failure {
        let found = value.isArray || value.isObject ? value.kindName : String(value.rawText.prefix(80))
        return Failure("field `\(key)`: expected \(expected), found \(found)")
    }
}
