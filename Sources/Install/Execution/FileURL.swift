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

    private static let encoded = Set(" \"#%<>?`{}\\".utf8)
    private static let unreserved = Set("/-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// The URL of an absolute path.
    public static func text(_ path: ByteString, _ style: Style = .lenient) -> String {
        "file://" + encode(path, style)
    }

    /// The path as it is written in a URL.
    static func encode(_ path: ByteString, _ style: Style = .lenient) -> String {
        var text: [UInt8] = []
        for byte in path.bytes {
            let stays =
                switch style {
                case .lenient: byte > 0x20 && byte < 0x7F && !encoded.contains(byte)
                case .strict: unreserved.contains(byte)
                }
            if stays {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "%"))
                text.append(contentsOf: encodeHex([byte]).uppercased().utf8)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
