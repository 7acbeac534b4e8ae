import Support
import TestKit
import Testing

@testable import Signing

@Suite struct SigningTests {
    let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func slice(_ bytes: [UInt8]) throws -> FileSlice {
        try File.open(try directory.write("file", bytes)).slice()
    }

    /// A cost that tests can pay.
    private let small = ScryptCost(operations: 1 << 15, memory: 1 << 20)

    @Test("BLAKE2b of our own and libcrypto's agree", arguments: [0, 1, 3, 127, 128, 129, 1000])
    func blake2b(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try BLAKE2b.hash(slice(bytes)) == BLAKE2b.hash(bytes, length: 64))
    }

    @Test func blake2bOf32Bytes() {
        // RFC 7693 has no example of this length; Python's hashlib.blake2b(b"abc", digest_size=32) is this.
        #expect(
            encodeHex(BLAKE2b.hash(Array("abc".utf8), length: 32))
                == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    }

    @Test("the two limits of a key file become scrypt's parameters as in libsodium")
    func scryptParameters() {
        #expect(ScryptCost.minisign.parameters == (1 << 20, 8, 1))
        #expect(ScryptCost(operations: 1 << 15, memory: 1 << 30).parameters == (1 << 10, 8, 1))
        #expect(ScryptCost(operations: 1 << 19, memory: 1 << 24).parameters == (1 << 14, 8, 1))
    }

    @Test func keysSurviveTheirFiles() throws {
        let key = try SecretKey.generate()
        for password in [nil, Array("geheim".utf8)] as [[UInt8]?] {
            let text = Array(try key.fileText(password: password, cost: small).utf8)
            let read = try SecretKey(fileContents: text) { password ?? [] }
            #expect(read.seed == key.seed && read.publicKey == key.publicKey)
            let error = #expect(throws: Failure.self) { try PublicKey(fileContents: text) }
            #expect(error?.message == "it is a secret key")
        }
        #expect(try PublicKey(fileContents: Array(key.publicKey.fileText.utf8)) == key.publicKey)
        #expect(try PublicKey(argument: ByteString(key.publicKey.text)) == key.publicKey)
    }

    @Test func wrongPasswordsAndDamagedKeysAreToldApart() throws {
        let key = try SecretKey.generate()
        let sealed = Array(try key.fileText(password: [1], cost: small).utf8)
        let wrong = #expect(throws: Failure.self) { try SecretKey(fileContents: sealed) { [2] } }
        #expect(wrong?.message == "the password is wrong")
        var open = Array(try key.fileText(password: nil).utf8)
        open[200] = open[200] == 65 ? 66 : 65
        let damaged = #expect(throws: Failure.self) { try SecretKey(fileContents: open) { [] } }
        #expect(damaged?.message == "it is damaged")
        let other = #expect(throws: Failure.self) {
            try SecretKey(fileContents: Array(key.publicKey.fileText.utf8)) { [] }
        }
        #expect(other?.message == "it is a public key")
    }

    @Test("a key file cannot ask for any amount of memory")
    func hugeCost() throws {
        #expect(throws: Failure.self) { try ScryptCost(bytes: [UInt8](repeating: 0xFF, count: 16)) }
        #expect(throws: Failure.self) { try ScryptCost(bytes: ScryptCost(operations: 0, memory: 1 << 40).bytes) }
        // What minisign never writes does not divide by zero.
        _ = ScryptCost(operations: 0, memory: 0).parameters
    }

    @Test func signaturesFitTheirFileOnly() throws {
        let key = try SecretKey.generate()
        let file = try slice(Array("content".utf8))
        let signature = try Signature(of: file, by: key, comment: "file:x\thashed")
        #expect(try Signature(fileContents: signature.fileContents) == signature)
        try signature.verify(file, key: key.publicKey)
        let other = try slice(Array("kontent".utf8))
        let wrong = #expect(throws: Failure.self) { try signature.verify(other, key: key.publicKey) }
        #expect(wrong?.message.contains("this is not what was signed with the key \(key.publicKey.id)") == true)
        let stranger = try SecretKey.generate().publicKey
        let refusal = #expect(throws: Failure.self) { try signature.verify(file, key: stranger) }
        #expect(refusal?.message.contains("not with \(stranger.id)") == true)
    }

    @Test("no byte of a signature can be changed, but for the untrusted comment")
    func everyByteCounts() throws {
        let key = try SecretKey.generate()
        let file = try slice(Array("content".utf8))
        let text = try Signature(of: file, by: key, comment: "comment").fileContents
        let start = (text.firstIndex(of: 0x0A) ?? 0) + 1
        for place in start..<(text.count - 1) {
            var changed = text
            changed[place] ^= 1
            #expect(throws: Failure.self, "byte \(place)") {
                try Signature(fileContents: changed).verify(file, key: key.publicKey)
            }
        }
    }

    @Test func commentsAreOneLine() throws {
        let key = try SecretKey.generate()
        let file = try slice([1])
        #expect(throws: Failure.self) { try Signature(of: file, by: key, comment: "a\nb") }
    }
}
