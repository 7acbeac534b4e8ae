import Support

/// A public key in minisign's format.
public struct PublicKey: Sendable, Equatable {
    /// The number of the key.
    public let id: KeyID
    let key: [UInt8]

    init(id: KeyID, key: [UInt8]) {
        self.id = id
        self.key = key
    }

    /// The 42 bytes of the key in base64, as accepted by minisign's option `-P`.
    public var text: String { Base64.standard.encode(Minisign.plain + id.bytes + key) }

    /// The text of a key file: a comment and the key.
    public var fileText: String { "untrusted comment: minisign public key \(id)\n\(text)\n" }

    /// A key as a user gives it: its base64 text, or a file with it.
    ///
    /// - Throws: `Failure` if it is neither.
    public init(argument: ByteString) throws {
        if let key = PublicKey(base64: argument.bytes) {
            self = key
            return
        }
        self = try describing("could not read the public key '\(argument)'", remedy: Self.remedy) {
            try PublicKey(fileContents: try Minisign.read(argument))
        }
    }

    private static let remedy: Message =
        "Name the file 'pixi-pack keygen' or 'minisign -G' wrote as public key, or the 56 letters in it."

    /// - Throws: `Failure` saying why the text is not a public key.
    init(fileContents text: [UInt8]) throws {
        let lines = Minisign.lines(text)
        // As in minisign, the comment is not checked.
        guard let line = lines.count == 1 ? lines.first : lines.dropFirst().first else {
            throw Failure("there is no key in it")
        }
        guard let key = PublicKey(base64: line) else {
            let isSecret = SecretKey.isSecretKey(line)
            throw Failure(isSecret ? "it is a secret key" : "it is no public key of minisign")
        }
        self = key
    }

    private init?(base64: [UInt8]) {
        guard base64.count == 56, let bytes = Base64.standard.decodeExactly(base64), bytes.count == 42,
            bytes.starts(with: Minisign.plain)
        else { return nil }
        self.init(id: KeyID(bytes: Array(bytes[2..<10])), key: Array(bytes[10...]))
    }
}
