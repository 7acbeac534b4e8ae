import Support

/// `info/paths.json`: the paths a package installs (docs/spec/install.md#info, CEP 34).
enum PathsJSON {
    /// - Throws: `Failure` naming the entry and what is wrong with it.
    static func parse(_ text: [UInt8], budget: MetadataBudget) throws -> PackagePaths {
        try describing("could not read info/paths.json") {
            if let paths = try plain(text, budget: budget) { return paths }
            let root = try JSONDocument(text).root
            guard root.isObject else { throw Failure("expected a map, found \(root.kindName)") }
            guard root["paths_version"]?.uint64 != nil else { throw Failure("no whole number `paths_version`") }
            guard let elements = root["paths"]?.elements else { throw Failure("no list `paths`") }
            var paths = PackagePaths()
            // Most files of a package have the same placeholder, so its bytes are shared.
            var lastPlaceholder: PackagePath.Placeholder?
            for element in elements {
                try Interruption.check()
                let path = try entry(element, sharing: &lastPlaceholder)
                try budget.spend(path.source.bytes.count)
                paths.append(path)
            }
            return paths
        }
    }

    /// Nil if it is not written the plain way.
    private static func plain(_ text: [UInt8], budget: MetadataBudget) throws -> PackagePaths? {
        var paths = PackagePaths()
        // What was counted, and what is still to be counted.
        var (spent, open) = (0, 0)
        do {
            try PathsScanner.forEach(in: text) { entry in
                guard paths.append(entry) else { throw PathsScanner.NotPlain() }
                open += entry.path.count + MetadataBudget.usualEntry
                if paths.count % 64 == 0 {
                    try Interruption.check()
                    spent += try budget.spend(open, fixed: 0)
                    open = 0
                }
            }
            try budget.spend(open, fixed: 0)
            paths.trim()
        } catch is PathsScanner.NotPlain {
            budget.giveBack(spent)
            return nil
        }
        return paths
    }

    private static func entry(
        _ value: JSONValue, sharing lastPlaceholder: inout PackagePath.Placeholder?
    ) throws -> PackagePath {
        guard let members = value.members else { throw Failure("expected a map for a path, found \(value.kindName)") }
        var fields = Fields()
        for member in members { fields.take(member) }
        guard let name = fields.path?.bytes else { throw Failure("a path without string `_path`") }
        return try describing("path '\(name)'") {
            guard let kindName = fields.kind?.string else { throw Failure("no string `path_type`") }
            guard let kind = PackagePath.Kind(rawValue: kindName) else {
                throw Failure("unknown `path_type` '\(kindName)'")
            }
            var path = try PackagePath(name, kind: kind)
            if let noLink = fields.noLink {
                guard let flag = noLink.bool else { throw Failure("`no_link` is not true or false") }
                path.noLink = flag
            }
            if let digest = fields.sha256, !digest.isNull {
                path.sha256 = digest.string.flatMap { SHA256Digest(hex: $0) }
                if path.sha256 == nil { throw Failure("`sha256` is not a SHA-256") }
            }
            if let size = fields.size, !size.isNull {
                path.size = size.uint64
                if path.size == nil { throw Failure("`size_in_bytes` is not a whole number") }
            }
            // The two members count only together, and only if both are valid.
            if let text = fields.placeholder?.bytes,
                let mode = fields.fileMode?.string.flatMap(PackagePath.Placeholder.FileMode.init)
            {
                // With an empty placeholder the original puts the prefix between all bytes of the file. No package
                // means that.
                let placeholder = PackagePath.Placeholder(text: text, mode: mode)
                if placeholder != lastPlaceholder { lastPlaceholder = placeholder }
                path.placeholder = lastPlaceholder
            }
            return path
        }
    }

    /// The members of an entry, collected in one pass.
    private struct Fields {
        var path: JSONValue?
        var kind: JSONValue?
        var noLink: JSONValue?
        var sha256: JSONValue?
        var size: JSONValue?
        var placeholder: JSONValue?
        var fileMode: JSONValue?

        mutating func take(_ member: JSONValue.Member) {
            if member.isNamed("_path") {
                path = member.value
            } else if member.isNamed("path_type") {
                kind = member.value
            } else if member.isNamed("sha256") {
                sha256 = member.value
            } else if member.isNamed("size_in_bytes") {
                size = member.value
            } else if member.isNamed("no_link") {
                noLink = member.value
            } else if member.isNamed("prefix_placeholder") {
                placeholder = member.value
            } else if member.isNamed("file_mode") {
                fileMode = member.value
            }
        }
    }
}
