import Support

/// What a wheel's `METADATA` says of the distribution (core metadata specification,
/// https://packaging.python.org/specifications/core-metadata/).
public struct CoreMetadata: Sendable, Equatable {
    public let name: PyPIName
    public let version: PEP440Version
    /// As written; nil if any Python will do.
    public let requiresPython: String?
    /// As written.
    public let requiresDist: [String]
    /// `License-Expression` (PEP 639), else a `License` of one line, else the licence classifiers; nil if there is none
    /// of these.
    public let license: String?

    /// Reads the header of a `METADATA` file.
    ///
    /// - Throws: `Failure` if the name or the version is missing or invalid.
    public init(_ text: [UInt8]) throws {
        var fields: [(name: String, value: [UInt8])] = []
        /// Whether a continued line belongs to a field that is read.
        var isOpen = false
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            try Interruption.check()
            let line = line.last == 0x0D ? line.dropLast() : line
            guard let first = line.first else { break }
            if isSpace(first) {
                guard isOpen, let last = fields.indices.last else { continue }
                fields[last].value.append(UInt8(ascii: " "))
                fields[last].value.append(contentsOf: trim(line))
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                isOpen = line.distance(from: line.startIndex, to: colon) <= CoreMetadata.longestName
                let name = isOpen ? String(decoding: line[..<colon].map(asciiLowercased), as: UTF8.self) : ""
                isOpen = CoreMetadata.known.contains(name)
                if isOpen { fields.append((name, Array(trim(line[(colon + 1)...])))) }
            }
        }
        func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        func value(_ name: String) -> String? { fields.first { $0.name == name }.map { string($0.value) } }
        guard let name = value("name") else { throw Failure("METADATA has no Name") }
        guard let version = value("version") else { throw Failure("METADATA has no Version") }
        self.name = try PyPIName(name)
        self.version = try PEP440Version(version)
        requiresPython = value("requires-python").flatMap { $0.isEmpty ? nil : $0 }
        requiresDist = fields.filter { $0.name == "requires-dist" }.map { string($0.value) }
        let classifiers = fields.filter { $0.name == "classifier" }.map { string($0.value) }
            .filter { $0.hasPrefix("License :: ") }
            .compactMap { $0.split(separator: ":").last.map { String(decoding: trim($0.utf8), as: UTF8.self) } }
        license =
            value("license-expression").flatMap(CoreMetadata.short) ?? value("license").flatMap(CoreMetadata.short)
            ?? (classifiers.isEmpty ? nil : classifiers.joined(separator: ", "))
    }

    /// The fields that are read; others may be of any length.
    private static let known: Set<String> = [
        "name", "version", "requires-python", "requires-dist", "license", "license-expression", "classifier",
    ]
    private static let longestName = 32

    /// The text, unless it is too long: some put the whole text of a licence there.
    private static func short(_ text: String) -> String? {
        text.isEmpty || text.utf8.count > 120 || text.utf8.elementsEqual("UNKNOWN".utf8) ? nil : text
    }
}
