import Support

/// What the files of minisign have in common (https://jedisct1.github.io/minisign/#signature-format).
enum Minisign {
    static let untrustedPrefix = Array("untrusted comment: ".utf8)
    static let trustedPrefix = Array("trusted comment: ".utf8)
    /// Ed25519 over the file itself; also marks keys.
    static let plain = Array("Ed".utf8)
    /// Ed25519 over the file's BLAKE2b-512 digest.
    static let prehashed = Array("ED".utf8)

    /// In bytes. No file of minisign is longer.
    static let maximumSize: Int64 = 16 << 10

    static func read(_ path: ByteString) throws -> [UInt8] {
        let file = try File.openGiven(path)
        return try file.slice().readAll(limit: maximumSize)
    }

    /// The lines without their ends (LF or CRLF).
    static func lines(_ text: [UInt8]) -> [[UInt8]] {
        var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            Array(line.last == 0x0D ? line.dropLast() : line)
        }
        if lines.last == [] { lines.removeLast() }
        return lines
    }
}
