import Support

/// The versions of the format (docs/spec/lock.md#versions).
enum LockVersion: UInt64, CaseIterable, Sendable {
    case v1 = 1, v2, v3, v4, v5, v6, v7

    var number: UInt64 { rawValue }

    /// Reads the field `version`.
    ///
    /// - Throws: `Failure` if there is none, or if it is newer than those known here.
    init(of root: YAMLValue?) throws {
        guard let value = root?["version"] else { throw Failure("missing `version` field in lock file") }
        guard let text = value.plainText, let number = UInt64(text), number > 0 else {
            throw Failure("`version` field in lock file is not an integer")
        }
        guard let version = LockVersion(rawValue: number) else {
            let newest = LockVersion.allCases.reduce(0) { max($0, $1.number) }
            throw Failure(
                "found newer lockfile format version \(number), but only up to including version \(newest) is "
                    + "supported",
                remedy: "Update pixi-pack, or write the lock file with an older version of pixi.")
        }
        self = version
    }

    /// What reads a document of this version.
    ///
    /// - Parameter outline: has the list of packages if the document does not.
    func grammar(_ root: MapReader, _ outline: LockOutline?) throws -> any LockGrammar {
        switch self {
        case .v1 where root.value.present("environments") != nil:
            // conda.lock of conda-workspaces
            try LockGrammarV6(root, outline, namesPlatforms: true)
        case .v1, .v2, .v3: try LockGrammarV1to3(root, outline)
        case .v4, .v5: try LockGrammarV4to5(root, outline)
        case .v6: try LockGrammarV6(root, outline)
        case .v7: try LockGrammarV7(root, outline)
        }
    }
}
