import Support

/// `info/link.json` of a noarch Python package (docs/spec/install.md#info).
enum LinkJSON {
    /// The entry points; none if the package is not a noarch Python package.
    ///
    /// - Throws: `Failure` if a required member is missing or an entry point is malformed.
    static func entryPoints(_ text: [UInt8], budget: MetadataBudget) throws -> [EntryPoint] {
        try describing("could not read info/link.json") {
            let root = try JSONDocument(text).root
            guard root["package_metadata_version"]?.int64 != nil else {
                throw Failure("no whole number `package_metadata_version`")
            }
            guard let noarch = root["noarch"], let kind = noarch["type"]?.string else {
                throw Failure("no string `type` in `noarch`")
            }
            if kind == "generic" { return [] }
            guard kind == "python" else { throw Failure("unknown `type` '\(kind)' in `noarch`") }
            guard let list = noarch["entry_points"] else { return [] }
            guard let elements = list.elements else { throw Failure("`entry_points` is not a list") }
            return try elements.map { element in
                guard let text = element.bytes else { throw Failure("an entry point is not a string") }
                try budget.spend(text.count)
                return try EntryPoint(condaText: text)
            }
        }
    }
}
