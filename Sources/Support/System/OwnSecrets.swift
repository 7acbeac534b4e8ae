/// Environment variables that are secrets between a person and this program. Programs it starts do not get them: a
/// package may be built by code of strangers.
public enum OwnSecrets {
    private static let prefix: ByteString = "PIXI_PACK_"
    private static let words = ["PASSWORD", "PASSPHRASE", "SECRET", "TOKEN"]

    /// Whether `variable` (`NAME=VALUE`) is such a secret, for example `PIXI_PACK_KEY_PASSWORD`.
    public static func isSecret(_ variable: ByteString) -> Bool {
        guard variable.hasPrefix(prefix) else { return false }
        let name = String(decoding: variable.bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
        return words.contains { name.contains(text: $0) }
    }
}
