import CondaModel
import Support

/// The SquashFS in a self-extracting pack that has an environment ready to be mounted, in place of packages. The archive
/// then is a delta pack without packages: it says what the environment consists of (docs/format.md).
public struct EmbeddedImage: Equatable, Sendable {
    /// Where it begins, in bytes from the start of the file: what squashfuse and mount are told. The header in front of it is
    /// longer than that of other packs.
    public static let offset: Int64 = 2 * ExecutableLayout.blockLength

    /// In bytes.
    public let length: Int64
    public let digest: SHA256Digest
    /// The path that the environment's files name: where it has to be mounted.
    public let prefix: ByteString

    public init(length: Int64, digest: SHA256Digest, prefix: ByteString) {
        self.length = length
        self.digest = digest
        self.prefix = prefix
    }

    /// Where it ends.
    public var end: Int64 { EmbeddedImage.offset + length }

    /// The word in the header. A program that contains it can read such packs.
    static let headerWord = "squashfs-environment"

    /// `OFFSET+LENGTH,SHA256,PREFIX`; the prefix is percent-encoded, as words of the header end at blanks.
    var headerText: String {
        let digits = Array("0123456789ABCDEF".utf8)
        let word = prefix.bytes.flatMap { byte -> [UInt8] in
            let isPlain = (0x2D...0x7A).contains(byte) && ![UInt8(ascii: "\\"), UInt8(ascii: "`")].contains(byte)
            return isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return "\(EmbeddedImage.offset)+\(length),\(digest.hex),\(String(decoding: word, as: UTF8.self))"
    }

    init?(headerText: Substring) {
        let parts = headerText.split(separator: ",", maxSplits: 2)
        guard parts.count == 3, let digest = SHA256Digest(hex: parts[1]) else { return nil }
        let numbers = parts[0].split(separator: "+").compactMap { Int64($0) }
        let prefix = ByteString(PercentEncoding.decode(parts[2].utf8))
        guard numbers.count == 2, numbers[0] == EmbeddedImage.offset, (1..<1 << 60).contains(numbers[1]),
            prefix.hasPrefix("/"), !prefix.bytes.contains(0)
        else { return nil }
        self.init(length: numbers[1], digest: digest, prefix: prefix)
    }
}
