import Archive
import CondaModel
import Support

/// Compares the files of a conda package with its own list of them.
public enum PathsJSONCheck {
    /// Decodes the whole package and compares every file.
    ///
    /// - Returns: a line for everything that differs from `paths.json`.
    /// - Throws: `Failure` if the package cannot be read.
    public static func problems(in source: PackageSource, scratch: DecoderScratch) throws -> [Message] {
        var expected: [RelativePath: PackagePath] = [:]
        for path in try PackageMetadata.read(source, scratch: scratch).paths where path.kind != .directory {
            expected[path.source] = path
        }
        // If a path occurs twice, the later entry counts.
        var found: [RelativePath: SHA256Digest] = [:]
        var others: Set<RelativePath> = []
        try source.archive().readEntries(.all, scratch: scratch) { entry, reader in
            guard expected[entry.path] != nil else { return .next }
            others.insert(entry.path)
            guard entry.kind == .file else { return .next }
            var hasher = SHA256Hasher()
            try reader.forEachBlock { hasher.update($0) }
            found[entry.path] = hasher.finish()
            return .next
        }
        return expected.keys.sorted().compactMap { path -> Message? in
            guard others.contains(path) else { return "'\(path)' is missing" }
            guard let digest = found[path], let wanted = expected[path]?.sha256, digest != wanted else { return nil }
            return "'\(path)' has the SHA-256 \(digest.hex), paths.json says \(wanted.hex)"
        }
    }
}
