import CondaModel
import Support

/// Where a pack or image lies that is no file: `oci://registry/repository:tag@sha256:…`, or `oci:DIR:tag` for a layout on
/// the disk, as skopeo calls it.
public struct OCIReference: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        case registry(OCIRepositoryName)
        /// A folder.
        case layout(ByteString)
    }

    public let place: Place
    public let tag: String?
    public let digest: SHA256Digest?
    private let text: ByteString

    /// Nil: it is no reference, but the name of a file.
    ///
    /// - Throws: `Failure` if it begins as a reference and is none.
    public init?(argument: ByteString) throws {
        guard argument.hasPrefix("oci:") else { return nil }
        text = argument
        let rest = argument.bytes.dropFirst("oci:".utf8.count)
        if rest.starts(with: "//".utf8) {
            (place, tag, digest) = try OCIReference.registry(String(decoding: rest.dropFirst(2), as: UTF8.self))
        } else {
            (place, tag, digest) = try OCIReference.layout(Array(rest))
        }
    }

    private static func wrong(_ text: String, _ reason: Message) -> Failure {
        Failure(
            "'oci:\(text)' is no reference: \(reason)",
            remedy: "Write oci://REGISTRY/REPOSITORY:TAG, or oci:DIR:TAG for a folder.")
    }

    private static func registry(_ text: String) throws -> (Place, String?, SHA256Digest?) {
        func wrong(_ reason: Message) -> Failure { OCIReference.wrong("//" + text, reason) }
        var name = text[...]
        var digest: SHA256Digest?
        if let at = name.firstIndex(of: "@") {
            digest = OCIDescriptor.digest(name[name.index(after: at)...])
            if digest == nil { throw wrong("behind '@' stands sha256: and 64 digits") }
            name = name[..<at]
        }
        guard let slash = name.firstIndex(of: "/"), slash > name.startIndex else {
            throw wrong("it names no repository")
        }
        let host = String(name[..<slash])
        var repository = name[name.index(after: slash)...]
        var tag: String?
        if let colon = repository.lastIndex(of: ":") {
            tag = String(repository[repository.index(after: colon)...])
            repository = repository[..<colon]
        }
        guard (try? WebURL("https://\(host)/"))?.host != nil, !host.contains("@") else {
            throw wrong("'\(host)' is no host")
        }
        guard isRepository(repository) else {
            throw wrong("a repository has small letters, digits and . _ - between its slashes")
        }
        if let tag, !isTag(tag) { throw wrong("a tag has letters, digits and . _ -, at most 128") }
        return (.registry(OCIRepositoryName(host: host, name: String(repository))), tag, digest)
    }

    private static func layout(_ bytes: [UInt8]) throws -> (Place, String?, SHA256Digest?) {
        var path = bytes[...]
        var digest: SHA256Digest?
        let marker = Array("@sha256:".utf8)
        if path.count > marker.count + 64, path.dropLast(64).suffix(marker.count).elementsEqual(marker) {
            digest = SHA256Digest(hexBytes: path.suffix(64))
            if digest != nil { path = path.dropLast(marker.count + 64) }
        }
        var tag: String?
        if let colon = path.lastIndex(of: UInt8(ascii: ":")), !path[colon...].contains(UInt8(ascii: "/")) {
            tag = String(decoding: path[(colon + 1)...], as: UTF8.self)
            path = path[..<colon]
        }
        let text = ByteString(bytes).lossyString
        if path.isEmpty { throw wrong(text, "it names no folder") }
        if let tag, !isTag(tag) { throw wrong(text, "a tag has letters, digits and . _ -, at most 128") }
        return (.layout(ByteString(path)), tag, digest)
    }

    /// The grammar of the OCI distribution specification.
    private static func isRepository(_ name: Substring) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || isASCIIDigit(byte) }
        return name.utf8.count <= 255
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                guard let first = part.utf8.first, let last = part.utf8.last, isPlain(first), isPlain(last) else {
                    return false
                }
                return part.utf8.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
            }
    }

    private static func isTag(_ tag: String) -> Bool {
        func isWord(_ byte: UInt8) -> Bool {
            isASCIIAlphanumeric(byte) || byte == UInt8(ascii: "_")
        }
        guard let first = tag.utf8.first, isWord(first), tag.utf8.count <= 128 else { return false }
        return tag.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// As it was given.
    public var description: ByteString { text }
}
