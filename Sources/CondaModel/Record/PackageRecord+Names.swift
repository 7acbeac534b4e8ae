import Support

extension PackageRecord {
    /// Checks that version, build and subdir can be parts of paths, as a name always can (`CondaName`): file and folder names are made of them
    /// (docs/spec/install.md#repodata, docs/spec/lock.md#files). An empty subdir or build is fine.
    ///
    /// - Throws: `Failure` naming the field and its value.
    public func requireUsableNames() throws {
        try requirePathComponent(version, "version")
        try requirePathComponent(build, "build")
        try requirePathComponent(subdir, "subdir")
    }
}

/// Checks that `text` can be one component of a path: no `.` or `..`, no `/`, `\`, `:` and no control character.
///
/// - Throws: `Failure` naming `subject` and the text.
public func requirePathComponent(_ text: String, _ subject: String) throws {
    let isUnsafe = text.utf8.contains { byte in
        switch byte {
        case 0..<0x20, UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: ":"), 0x7F: true
        default: false
        }
    }
    if isUnsafe || text == "." || text == ".." {
        throw Failure("unsafe \(subject) '\(text)': it cannot be part of a path")
    }
}
