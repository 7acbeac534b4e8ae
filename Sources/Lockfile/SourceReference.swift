import CondaModel
import Support

/// How version 7 refers to a source package: `name[hash] @ location` (docs/spec/lock.md#v7).
struct SourceReference {
    let name: CondaName
    /// Made by pixi; it is never computed here.
    let hash: String
    let location: PackageLocation

    /// - Throws: `Failure` saying which part is missing.
    init(_ text: ByteString) throws {
        func refuse(_ reason: Message) -> Failure {
            Failure("'\(WebURL.redact(text.lossyString))' is not a reference to a source package: \(reason)")
        }
        guard let opening = text.bytes.firstIndex(of: UInt8(ascii: "[")) else {
            throw refuse("missing '[' after package name")
        }
        let rest = text.bytes[(opening + 1)...]
        guard let closing = rest.firstIndex(of: UInt8(ascii: "]")) else { throw refuse("missing ']' after hash") }
        if closing == opening + 1 { throw refuse("hash cannot be empty") }
        let separator = Array(" @ ".utf8)
        guard rest[(closing + 1)...].starts(with: separator) else { throw refuse("missing ' @ ' separator") }
        let nameBytes = text.bytes[..<opening]
        let nameText = String(decoding: nameBytes, as: UTF8.self)
        guard CondaName.isPlain(nameBytes) else { throw refuse("invalid package name: '\(nameText)'") }
        name = try CondaName(nameText)
        hash = String(decoding: rest[..<closing], as: UTF8.self)
        location = try PackageLocation(parsing: ByteString(rest[(closing + 1 + separator.count)...]))
    }

    /// The reference with its location in normal form.
    var text: ByteString { ByteString("\(name)[\(hash)] @ ") + location.text }
}
