import Signing
import Support

/// Whose packs are accepted: the signature is looked at before anything in the pack is.
public struct PackTrust: Sendable, Equatable {
    public let key: PublicKey
    /// Where the signature is; nil: beside the pack, with the ending `.minisig`.
    public let signature: ByteString?

    public init(key: PublicKey, signature: ByteString? = nil) {
        self.key = key
        self.signature = signature
    }

    /// Compares the whole file with its signature.
    ///
    /// - Parameter path: the file's own path; nil if it came through a pipe.
    /// - Throws: `Failure` unless the key's owner signed this file.
    func check(_ file: FileSlice, path: ByteString?) throws -> Signature {
        let place = signature ?? path.map { $0 + Signature.fileEnding }
        guard let place else {
            throw Failure(
                "a pack from standard input has no signature beside it",
                remedy: "Name the signature with --signature FILE.", kind: .notFound)
        }
        let found = try describing(
            "could not read the signature '\(place)'",
            remedy: "Get it from where the pack is from, or name it with --signature FILE."
        ) { try Signature.read(place) }
        try describing("'\(file.file.path)' cannot be trusted") { try found.verify(file, key: key) }
        return found
    }
}
