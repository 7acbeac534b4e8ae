/// Words of a command line that people can copy and type.
public enum ShellWord {
    /// The path, in quotation marks if a shell would read it differently without them.
    public static func quoted(_ path: ByteString) -> ByteString {
        let plain =
            !path.isEmpty
            && path.bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "/._-+:@%".utf8.contains(byte)
                }
            }
        if plain { return path }
        return "'" + ByteString(path.lossyString.replacing(text: "'", with: "'\\''")) + "'"
    }
}
