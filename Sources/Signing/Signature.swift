import Support

/// A signature in a file of its own, in minisign's format: `FILE.minisig`.
public struct Signature: Sendable, Equatable {
    /// The number of the key that made it.
    public let keyID: KeyID
    /// The comment, which is signed together with the file.
    public let trustedComment: ByteString
    private let isPrehashed: Bool
    private let signature: [UInt8]
    private let globalSignature: [UInt8]

    /// The ending of the names of signature files.
    public static let fileEnding: ByteString = ".minisig"

    /// The largest file, in bytes, for which a signature of the old form can be checked: the whole file has to be in
    /// memory. minisign has the same limit.
    static let plainLimit: Int64 = 1 << 30

    /// Signs a file in the current (prehashed) form, which needs the same memory for files of any size.
    ///
    /// - Parameter comment: one line of text.
    public init(of slice: FileSlice, by key: SecretKey, comment: ByteString) throws {
        guard comment.bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }), comment.count <= 8000 else {
            throw Failure("the trusted comment is not one line of text")
        }
        keyID = key.publicKey.id
        trustedComment = comment
        isPrehashed = true
        signature = try Ed25519.sign(try BLAKE2b.hash(slice), seed: key.seed)
        globalSignature = try Ed25519.sign(signature + comment.bytes, seed: key.seed)
    }

    /// The text of the signature file.
    public var fileContents: [UInt8] {
        let first = "untrusted comment: signature from pixi-pack, key \(keyID)\n"
        let bytes = (isPrehashed ? Minisign.prehashed : Minisign.plain) + keyID.bytes + signature
        return Array("\(first)\(Base64.standard.encode(bytes))\n".utf8)
            + Minisign.trustedPrefix + trustedComment.bytes
            + Array("\n\(Base64.standard.encode(globalSignature))\n".utf8)
    }

    /// - Throws: `Failure` if the file cannot be read or is not a signature.
    public static func read(_ path: ByteString) throws -> Signature {
        try Signature(fileContents: try Minisign.read(path))
    }

    /// - Throws: `Failure` if the text is not a signature.
    public init(fileContents text: [UInt8]) throws {
        let lines = Minisign.lines(text)
        guard lines.count == 4, lines[0].starts(with: Minisign.untrustedPrefix),
            let bytes = Base64.standard.decodeExactly(lines[1]), bytes.count == 74,
            lines[2].starts(with: Minisign.trustedPrefix),
            let global = Base64.standard.decodeExactly(lines[3]), global.count == 64
        else { throw Failure("it is no signature of minisign") }
        let algorithm = Array(bytes[..<2])
        guard [Minisign.plain, Minisign.prehashed].contains(algorithm) else {
            throw Failure("it is a signature of a kind that is not known")
        }
        isPrehashed = algorithm == Minisign.prehashed
        keyID = KeyID(bytes: Array(bytes[2..<10]))
        signature = Array(bytes[10...])
        trustedComment = ByteString(lines[2].dropFirst(Minisign.trustedPrefix.count))
        globalSignature = global
    }

    /// Checks that the signature belongs to a file.
    ///
    /// - Throws: `Failure` unless `key` signed exactly these bytes and this comment.
    public func verify(_ slice: FileSlice, key: PublicKey) throws {
        guard key.id == keyID else {
            throw Failure(
                "it was signed with the key \(keyID), not with \(key.id)",
                remedy: "Get the pack from somebody you trust, or give the key of its signer if you trust them.")
        }
        let message: [UInt8]
        if isPrehashed {
            message = try BLAKE2b.hash(slice)
        } else {
            guard slice.length <= Self.plainLimit else {
                throw Failure(
                    "its signature has the old form, which cannot be checked for files of more than 1 GB",
                    remedy: "Have it signed again.")
            }
            message = try slice.readAll(limit: Self.plainLimit)
        }
        guard message.withUnsafeBytes({ Ed25519.isValid(signature, of: $0, publicKey: key.key) }) else {
            throw Failure(
                "the signature does not fit: this is not what was signed with the key \(keyID)",
                remedy: "Do not use it. Copy or download both the pack and its signature again.", kind: .integrity)
        }
        let comment = signature + trustedComment.bytes
        guard comment.withUnsafeBytes({ Ed25519.isValid(globalSignature, of: $0, publicKey: key.key) }) else {
            throw Failure(
                "the comment of the signature is not what was signed with the key \(keyID)",
                remedy: "Do not use it. Copy or download the signature again.", kind: .integrity)
        }
    }
}
