import Support

/// What a wheel's `METADATA` says of the distribution (core metadata specification).
public struct CoreMetadata: Sendable, Equatable {
    public let name: PyPIName
    public let version: PEP440Version
    /// As written; nil if any Python will do.
    public let requiresPython: String?
    /// As written.
    public let requiresDist: [String]
    /// `License-Expression` (PEP 639), else a `License` of one line, else what the classifiers say; nil if nothing does.
    public let license: String?

    /// - Throws: `Failure` if name or version is missing or invalid.
    public init(_ text: [UInt8]) throws {
        var fields: [(name: String, value: String)] = []
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = line.last == 0x0D ? line.dropLast() : line
            guard let first = line.first else { break }
            if isSpace(first) {
                guard let last = fields.indices.last else { continue }
                fields[last].value += " " + String(decoding: trim(line), as: UTF8.self)
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                fields.append(
                    (
                        String(decoding: line[..<colon].map(lowercased), as: UTF8.self),
                        String(decoding: trim(line[(colon + 1)...]), as: UTF8.self)
                    ))
            }
        }
        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        guard let name = value("name") else { throw Failure("METADATA has no Name") }
        guard let version = value("version") else { throw Failure("METADATA has no Version") }
        self.name = try PyPIName(name)
        self.version = try PEP440Version(version)
        requiresPython = value("requires-python").flatMap { $0.isEmpty ? nil : $0 }
        requiresDist = fields.filter { $0.name == "requires-dist" }.map(\.value)
        let classifiers = fields.filter { $0.name == "classifier" && $0.value.hasPrefix("License :: ") }
            .compactMap { $0.value.split(separator: ":").last.map { String(decoding: trim($0.utf8), as: UTF8.self) } }
        license =
            value("license-expression").flatMap(CoreMetadata.short) ?? value("license").flatMap(CoreMetadata.short)
            ?? (classifiers.isEmpty ? nil : classifiers.joined(separator: ", "))
    }

    /// Some put the whole text of a licence there.
    private static func short(_ text: String) -> String? {
        text.isEmpty || text.utf8.count > 120 || text.utf8.elementsEqual("UNKNOWN".utf8) ? nil : text
    }
}
