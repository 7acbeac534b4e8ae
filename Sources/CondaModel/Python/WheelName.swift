import Support

/// The file name of a wheel: `{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl` (PEP 427).
public struct WheelName: Hashable, Sendable {
    /// In normal form (PEP 503).
    public let name: PyPIName
    /// In normal form (PEP 440).
    public let version: PEP440Version
    /// As written; it begins with a digit. Nil if there is none.
    public let build: String?
    /// At least one of each, for example `["py2", "py3"]`, `["none"]`, `["any"]` (PEP 425).
    public let pythonTags: [String]
    /// See `pythonTags`.
    public let abiTags: [String]
    /// See `pythonTags`.
    public let platformTags: [String]

    /// - Throws: `Failure` naming the file name and what is wrong with it (PEP 427).
    public init(_ fileName: String) throws {
        func refuse(_ reason: Message) -> Failure { Failure("'\(fileName)' is not a valid wheel name: \(reason)") }
        let bytes = Array(fileName.utf8)
        guard ByteString(bytes).hasSuffix(".whl") else { throw refuse("it does not end in '.whl'") }
        let parts = bytes.dropLast(4).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 5 || parts.count == 6 else {
            throw refuse("it must have five or six parts separated by '-', it has \(parts.count)")
        }
        do {
            name = try PyPIName(parts[0])
            version = try PEP440Version(parts[1])
        } catch {
            throw Failure("'\(fileName)' is not a valid wheel name", cause: error)
        }
        if parts.count == 6 {
            guard let first = parts[2].utf8.first, isASCIIDigit(first) else {
                throw refuse("the build tag '\(parts[2])' does not begin with a digit")
            }
            build = parts[2]
        } else {
            build = nil
        }
        let tags = parts.suffix(3).map { part in
            part.utf8.split(separator: UInt8(ascii: ".")).map {
                String(decoding: $0.map(asciiLowercased), as: UTF8.self)
            }
        }
        guard tags.allSatisfy({ !$0.isEmpty }) else { throw refuse("a tag is empty") }
        (pythonTags, abiTags, platformTags) = (tags[0], tags[1], tags[2])
    }
}
