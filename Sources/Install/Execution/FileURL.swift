import Support

/// `file://` URLs as the original writes them (spec install §5.2).
public enum FileURL {
    private static let encoded = Set(" \"#%<>?`{}\\".utf8)

    /// The URL of an absolute path.
    public static func text(_ path: ByteString) -> String {
        var text = Array("file://".utf8)
        for byte in path.bytes {
            if byte <= 0x20 || byte >= 0x7F || encoded.contains(byte) {
                text.append(UInt8(ascii: "%"))
                text.append(contentsOf: encodeHex([byte]).uppercased().utf8)
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
