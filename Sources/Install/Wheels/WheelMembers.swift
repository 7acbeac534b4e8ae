import Archive
import Support

/// The files and directories that a wheel unpacks to, by their normalised paths (docs/spec/install.md#unzipping).
struct WheelMembers: Sendable {
    /// In the order of the archive; of two with the same path the later one counts.
    private(set) var files: [(path: RelativePath, entry: ZipEntry)] = []
    /// The directories that have an entry of their own.
    private(set) var directories: [RelativePath] = []
    private var positions: [ByteString: Int] = [:]

    /// - Throws: `Failure` for names that cannot be unpacked: not UTF-8, empty, or with control characters.
    init(_ entries: [ZipEntry]) throws {
        positions.reserveCapacity(entries.count)
        files.reserveCapacity(entries.count)
        for entry in entries {
            try WheelMembers.checkName(entry.name)
            // Absolute paths, and those that leave the root, are skipped silently, as by the original.
            guard let normal = normalizedPath(entry.name) else { continue }
            let path = try RelativePath(normal)
            if entry.isDirectory {
                directories.append(path)
            } else if let position = positions[path.bytes] {
                files[position].entry = entry
            } else {
                positions[path.bytes] = files.count
                files.append((path, entry))
            }
        }
    }

    private static func checkName(_ bytes: ByteString) throws {
        // Most names: printable letters of ASCII.
        if !bytes.isEmpty, bytes.bytes.allSatisfy({ (0x20...0x7E).contains($0) }) { return }
        guard let name = bytes.string, !name.isEmpty else {
            throw Failure("a file in it has a name that is empty or not UTF-8: '\(bytes)'")
        }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            throw Failure("a file in it has a name with a control character: '\(printable(name))'")
        }
    }

    /// The entry of a file.
    func entry(_ path: RelativePath) -> ZipEntry? { positions[path.bytes].map { files[$0].entry } }

    /// Which of the files a row of RECORD is about: by its path as it is, else without `.` and empty components.
    func position(named path: ByteString) -> Int? {
        if let position = positions[path] { return position }
        return normalizedPath(path).flatMap { positions[$0] }
    }

    /// The one top-level directory that ends in `.dist-info`.
    ///
    /// - Throws: `Failure` if there is none or more than one (docs/spec/install.md#wheel-checks).
    func metadataDirectory() throws -> RelativePath {
        let explicit = Set(directories)
        var found: Set<ByteString> = []
        for path in files.map(\.path) + directories {
            let first = ByteString(path.bytes.bytes.prefix { $0 != UInt8(ascii: "/") })
            let isDirectory = first != path.bytes || explicit.contains(path)
            if isDirectory, first.hasSuffix(".dist-info"), first.count > 10 { found.insert(first) }
        }
        guard let directory = found.sorted().first else { throw Failure("it has no .dist-info directory") }
        if found.count > 1 {
            throw Failure(
                "it has more than one .dist-info directory: "
                    + found.sorted().map { "'\($0)'" }.listed())
        }
        return try RelativePath(directory)
    }
}

/// The text with control characters as escapes, for messages.
private func printable(_ text: String) -> String {
    text.unicodeScalars.map { $0.properties.generalCategory == .control ? $0.escaped(asASCII: true) : String($0) }
        .joined()
}
