import CondaModel
import Support

/// `file://` URLs of absolute paths.
public enum FileURL {
    /// Which bytes are not percent-encoded.
    public enum Style: Sendable {
        /// As the original's URL library writes them (docs/spec/install.md#record-keys): most punctuation stays.
        case lenient
        /// Only letters, digits and `_.-~/` stay, as in the records of the original's engine.
        case strict
    }

    /// The URL of an absolute path.
    public static func text(_ path: ByteString, _ style: Style = .lenient) -> String {
        "file://" + encode(path, style)
    }

    /// The path as it is written in a URL.
    static func encode(_ path: ByteString, _ style: Style = .lenient) -> String {
        PercentEncoding.encode(path.bytes, escaping: style == .strict ? strict : .filePath)
    }

    private static let strict = PercentEncoding.Set.keeping("/")
}
