import Support

/// Absolute paths as the original computes them: without a look at the disk (docs/spec/install.md#prefix-path).
public enum AbsolutePath {
    /// The path of the environment: `output` joined with `name`, made absolute. `..` and a trailing slash stay, `.`
    /// components and doubled slashes vanish.
    ///
    /// - Parameter current: the absolute working directory.
    public static func prefix(output: ByteString, name: ByteString, current: ByteString) -> ByteString {
        let slash = UInt8(ascii: "/")
        if name.isEmpty && !output.isEmpty && output.bytes.last != slash {
            return make(output + "/", current: current)
        }
        return make(name.isEmpty ? output : output.appending(path: name), current: current)
    }

    /// `path` made absolute by the same rules.
    public static func make(_ path: ByteString, current: ByteString) -> ByteString {
        let slash = UInt8(ascii: "/")
        let leading = path.bytes.prefix { $0 == slash }.count
        // Two leading slashes may mean something else to a system; three do not.
        var result: [UInt8] = leading == 2 ? [slash, slash] : leading > 0 ? [slash] : current.bytes
        for component in path.bytes.split(separator: slash) where !component.elementsEqual([UInt8(ascii: ".")]) {
            if result.last != slash { result.append(slash) }
            result.append(contentsOf: component)
        }
        if path.bytes.last == slash && result.last != slash { result.append(slash) }
        return ByteString(result)
    }
}
