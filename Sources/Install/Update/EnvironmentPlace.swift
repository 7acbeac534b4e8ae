import Support

/// Finds out whether an environment is at the place it was made for.
struct EnvironmentPlace {
    private let environment: InstalledEnvironment

    init(_ environment: InstalledEnvironment) { self.environment = environment }

    /// How many files are read in an environment without a noted state.
    private static let mostFiles = 16
    private static let mostBytes = 16 << 20

    /// - Parameter prefix: the absolute path it is to have.
    func isMoved(to prefix: ByteString) throws -> Bool {
        if let state = environment.state { return state.prefix != prefix }
        // Other programs and earlier versions noted no state. But files that were adapted to the place contain it.
        var looked = 0
        for package in environment.packages {
            for path in try package.adaptedPaths(in: environment.path) {
                guard looked < Self.mostFiles else { return true }
                guard let text = try OwnFile.read(environment.path.appending(path: path.bytes), limit: Self.mostBytes)
                else {
                    continue
                }
                looked += 1
                if Self.names(prefix, text) { return false }
            }
        }
        return looked > 0
    }

    /// Whether a text contains the path, and not only as the beginning of a longer name.
    static func names(_ prefix: ByteString, _ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { text in
            prefix.bytes.withUnsafeBytes { prefix in
                var start = 0
                while let found = ByteSearch.find(prefix, in: text, from: start) {
                    let end = found + prefix.count
                    if end == text.count || !isOfName(text[end]) { return true }
                    start = found + 1
                }
                return false
            }
        }
    }

    /// Whether a byte goes on a name.
    static func isOfName(_ byte: UInt8) -> Bool {
        isASCIILetter(byte) || isASCIIDigit(byte) || byte >= 0x80 || "._-".utf8.contains(byte)
    }
}

extension InstalledPackage {
    /// The scripts, and the files that were adapted to the place, of a package in an environment without a noted state.
    fileprivate func adaptedPaths(in environment: ByteString) throws -> [PrefixPath] {
        let root = try JSONDocument(try File.open(environment.appending(path: record.bytes)).slice().readAll()).root
        return try RecordedPaths(root).filter { _, row in
            row.present("prefix_placeholder") != nil || RecordedPaths.isChanged(row)
                || row["path_type"]?.string == "unix_python_entry_point"
        }.compactMap { path, _ in try path.map { try PrefixPath($0) } }
    }
}
