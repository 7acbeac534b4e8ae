import CLibCrypto
import Support

/// How much work and memory every try of a password costs, in the units of minisign's key files.
public struct ScryptCost: Sendable, Equatable {
    let operations: UInt64
    /// In bytes.
    let memory: UInt64

    /// What minisign uses for its keys: 1 GiB and a few seconds.
    public static let minisign = ScryptCost(operations: 1 << 25, memory: 1 << 30)

    init(operations: UInt64, memory: UInt64) {
        self.operations = operations
        self.memory = memory
    }

    var bytes: [UInt8] {
        [operations, memory].flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) } }
    }

    /// - Throws: `Failure` if the cost is more than a few times that of minisign.
    init(bytes: [UInt8]) throws {
        func number(_ start: Int) -> UInt64 { bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(operations: number(0), memory: number(8))
        guard memory <= 4 << 30, operations <= 1 << 28 else {
            throw Failure("its password needs \(memory) bytes of memory for each try, more than this program allows")
        }
    }

    /// The scrypt parameters that libsodium computes from the two limits (crypto_pwhash_scryptsalsa208sha256).
    var parameters: (n: UInt64, r: UInt64, p: UInt64) {
        let r: UInt64 = 8
        let operations = max(operations, 32768)
        func power(above limit: UInt64) -> UInt64 { (1..<63).lazy.map { 1 << $0 }.first { $0 > limit / 2 } ?? 2 }
        if operations < memory / 32 { return (power(above: operations / (r * 4)), r, 1) }
        let n = power(above: memory / (r * 128))
        return (n, r, max(1, min(operations / 4 / n, 0x3FFF_FFFF) / r))
    }

    /// The bytes that the key is encrypted with (RFC 7914).
    func derive(password: [UInt8], salt: [UInt8], length: Int) throws -> [UInt8] {
        let (n, r, p) = parameters
        var stream = [UInt8](repeating: 0, count: length)
        let limit = 128 * n * r + 128 * r * p + 32 * r + (1 << 20)
        let text = password.map { CChar(bitPattern: $0) }
        guard EVP_PBE_scrypt(text, text.count, salt, salt.count, n, r, p, limit, &stream, length) == 1 else {
            ERR_clear_error()
            throw Failure(
                "its password needs \(limit >> 20) MB of memory for each try, which the system does not have",
                remedy: "Free memory, or use a key without a password (keygen -W).")
        }
        return stream
    }
}
