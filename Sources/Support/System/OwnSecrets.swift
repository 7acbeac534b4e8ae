/// Variables of the environment that are secrets between a person and this program. No program it starts gets them:
/// what builds a package is written by strangers.
public enum OwnSecrets {
    private static let prefix: ByteString = "PIXI_PACK_"
    private static let words = ["PASSWORD", "PASSPHRASE", "SECRET", "TOKEN"]

    /// Whether `variable` (`NAME=VALUE`) is one, such as `PIXI_PACK_KEY_PASSWORD`.
    public static func isSecret(_ variable: ByteString) -> Bool {
        guard variable.hasPrefix(prefix) else { return false }
        let name = String(decoding: variable.bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        return words.contains { name.contains($0) }
    }
}
