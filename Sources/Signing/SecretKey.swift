import CLibCrypto
import Support

/// A secret key, ready to sign.
public struct SecretKey: Sendable {
    /// The key that checks what this one has signed.
    public let publicKey: PublicKey
    let seed: [UInt8]

    /// A new random key.
    public static func generate() throws -> SecretKey {
        var random = [UInt8](repeating: 0, count: 40)
        guard RAND_bytes(&random, Int32(random.count)) == 1 else { throw Failure("the system gives no random bytes") }
        return try SecretKey(id: KeyID(bytes: Array(random[..<8])), seed: Array(random[8...]))
    }

    init(id: KeyID, seed: [UInt8]) throws {
        self.seed = seed
        publicKey = PublicKey(id: id, key: try Ed25519.publicKey(ofSeed: seed))
    }

    // MARK: Its file

    /// The file has these parts: the algorithms for signature, key derivation and checksum (2 bytes each), the salt and
    /// the two limits; then key number, key and checksum, which a password encrypts.
    private static let length = 158
    private static let sealedStart = 54
    private static let scrypt = Array("Sc".utf8)
    private static let noDerivation: [UInt8] = [0, 0]
    private static let checksumAlgorithm = Array("B2".utf8)

    static func isSecretKey(_ line: [UInt8]) -> Bool {
        Base64.standard.decodeExactly(line).map { $0.count == length && $0.starts(with: Minisign.plain) } ?? false
    }

    private var checksum: [UInt8] {
        BLAKE2b.hash(Minisign.plain + publicKey.id.bytes + seed + publicKey.key, length: 32)
    }

    /// The text of the key file.
    ///
    /// - Parameters:
    ///   - password: what to encrypt the key with; nil leaves it unencrypted.
    ///   - cost: how much every try of a password shall cost.
    public func fileText(password: [UInt8]?, cost: ScryptCost = .minisign) throws -> String {
        var sealed = publicKey.id.bytes + seed + publicKey.key + checksum
        var (salt, limits) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 16))
        if let password {
            guard RAND_bytes(&salt, 32) == 1 else { throw Failure("the system gives no random bytes") }
            limits = cost.bytes
            let stream = try cost.derive(password: password, salt: salt, length: sealed.count)
            for index in sealed.indices { sealed[index] ^= stream[index] }
        }
        let kind = password == nil ? Self.noDerivation : Self.scrypt
        let comment = password == nil ? "minisign unencrypted secret key" : "minisign encrypted secret key"
        let bytes = Minisign.plain + kind + Self.checksumAlgorithm + salt + limits + sealed
        return "untrusted comment: \(comment)\n\(Base64.standard.encode(bytes))\n"
    }

    /// Reads a key file.
    ///
    /// - Parameter password: called if the key is encrypted.
    /// - Throws: `Failure` if the file is not a secret key, or the password is wrong.
    public static func read(_ path: ByteString, password: () throws -> [UInt8]) throws -> SecretKey {
        try describing(
            "could not read the secret key '\(path)'",
            remedy: "Name the file 'pixi-pack keygen' or 'minisign -G' wrote as secret key."
        ) { try SecretKey(fileContents: try Minisign.read(path), password: password) }
    }

    init(fileContents text: [UInt8], password: () throws -> [UInt8]) throws {
        let lines = Minisign.lines(text)
        guard lines.count == 2, let bytes = Base64.standard.decodeExactly(lines[1]), bytes.count == Self.length,
            bytes.starts(with: Minisign.plain), Array(bytes[4..<6]) == Self.checksumAlgorithm
        else {
            let isPublic = (try? PublicKey(fileContents: text)) != nil
            throw Failure(isPublic ? "it is a public key" : "it is no secret key of minisign")
        }
        var sealed = Array(bytes[Self.sealedStart...])
        let kind = Array(bytes[2..<4])
        if kind == Self.scrypt {
            let cost = try ScryptCost(bytes: Array(bytes[38..<54]))
            let stream = try cost.derive(password: password(), salt: Array(bytes[6..<38]), length: sealed.count)
            for index in sealed.indices { sealed[index] ^= stream[index] }
        } else if kind != Self.noDerivation {
            throw Failure("it is encrypted in a way that is not known")
        }
        let key = try SecretKey(id: KeyID(bytes: Array(sealed[..<8])), seed: Array(sealed[8..<40]))
        // minisign writes no checksum for keys without a password.
        let hasChecksum = kind == Self.scrypt || sealed[72...].contains { $0 != 0 }
        guard !hasChecksum || key.checksum.elementsEqual(sealed[72...]),
            key.publicKey.key.elementsEqual(sealed[40..<72])
        else {
            if kind == Self.scrypt { throw Failure("the password is wrong", remedy: "Give the password of this key.") }
            throw Failure("it is damaged")
        }
        self = key
    }
}
