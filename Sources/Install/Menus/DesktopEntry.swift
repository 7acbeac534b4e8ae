import Support

/// A `.desktop` file (https://specifications.freedesktop.org/desktop-entry-spec/latest/).
struct DesktopEntry {
    private var lines: [ByteString] = ["[Desktop Entry]", "Type=Application"]

    /// The environment the shortcut belongs to; a key of our own.
    static let ownerKey: ByteString = "X-Conda-Prefix="

    var bytes: [UInt8] { lines.flatMap { $0.bytes + [UInt8(ascii: "\n")] } }

    mutating func set(_ key: String, _ value: String) {
        lines.append(ByteString("\(key)=\(DesktopEntry.escaped(value))"))
    }

    mutating func set(_ key: String, _ values: [String]) {
        let list = values.map { DesktopEntry.escaped($0).replacing(text: ";", with: "\\;") + ";" }
        lines.append(ByteString("\(key)=\(list.joined())"))
    }

    mutating func set(_ key: String, _ flag: Bool) { lines.append(ByteString("\(key)=\(flag)")) }

    mutating func setOwner(_ prefix: ByteString) {
        lines.append(DesktopEntry.ownerKey + ByteString(DesktopEntry.escaped(prefix.lossyString)))
    }

    /// The environment that a shortcut belongs to, by its text; nil if pixi-unpack did not make it.
    static func owner(of text: [UInt8]) -> ByteString? {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let line = ByteString(line)
            if line.hasPrefix(ownerKey) { return ByteString(line.bytes.dropFirst(ownerKey.count)) }
        }
        return nil
    }

    /// A text as a value of type `string` is written.
    static func escaped(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): result += Array("\\\\".utf8)
            case UInt8(ascii: "\n"): result += Array("\\n".utf8)
            case UInt8(ascii: "\r"): result += Array("\\r".utf8)
            case UInt8(ascii: "\t"): result += Array("\\t".utf8)
            case 0..<0x20: continue
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A word of `Exec`: field codes such as `%F` stay, all else is taken literally.
    static func word(_ text: String) -> String {
        let bytes = Array(text.utf8)
        if bytes.count == 2, bytes[0] == UInt8(ascii: "%") { return text }
        let reserved = Array(" \t\n\"'\\><~|&;$*?#()`".utf8)
        var quoted: [UInt8] = []
        for byte in bytes {
            if "\"`$\\".utf8.contains(byte) { quoted.append(UInt8(ascii: "\\")) }
            if byte == UInt8(ascii: "%") { quoted.append(byte) }
            quoted.append(byte)
        }
        let result = String(decoding: quoted, as: UTF8.self)
        return bytes.isEmpty || bytes.contains { reserved.contains($0) } ? "\"\(result)\"" : result
    }
}
