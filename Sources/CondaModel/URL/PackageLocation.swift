import Support

/// Where a package is: a URL or a path (docs/spec/lock.md#locations).
public enum PackageLocation: Hashable, Sendable {
    case url(WebURL)
    /// As written. A relative path counts from the directory of the lock file. May be a Windows path.
    case path(ByteString)

    /// How a `file:` URL is read.
    public enum FileURLs: Sendable {
        /// It stays a URL, as in the `url:` fields of lock files of versions 4 and 5.
        case kept
        /// It becomes an absolute path.
        case asPaths
    }

    /// A URL if the text has a scheme of more than one letter, else a path: `C:\x` is a path.
    ///
    /// - Throws: `Failure` for a text that has a scheme but is not a URL.
    public init(parsing text: ByteString, fileURLs: FileURLs = .asPaths) throws {
        guard let length = PackageLocation.schemeLength(text.bytes), length > 1 else {
            self = .path(text)
            return
        }
        let url = try WebURL(text)
        if fileURLs == .asPaths, let path = url.filePath {
            self = .path(path)
        } else {
            self = .url(url)
        }
    }

    private static func schemeLength(_ text: [UInt8]) -> Int? {
        // Blanks before a URL are ignored, as in the URL parser itself.
        guard let start = text.firstIndex(where: { $0 > 0x20 }) else { return nil }
        return start == 0 ? WebURLParser.schemeLength(text) : WebURLParser.schemeLength(text[start...])
    }

    /// The text of the location: URLs in normal form, paths as written. Packages are sorted by it
    /// (docs/spec/lock.md#order). It may hold secrets.
    public var text: ByteString {
        switch self {
        case .url(let url): ByteString(url.text)
        case .path(let path): path
        }
    }

    /// The location for messages, without secrets.
    public var redacted: String {
        switch self {
        case .url(let url): url.redacted
        case .path(let path): path.lossyString
        }
    }

    /// The last segment of a URL, undecoded, or the last component of a path; nil if it ends in a slash.
    public var lastSegment: ByteString? {
        switch self {
        case .url(let url): return url.lastSegment.map { ByteString($0) }
        case .path(let path):
            let start = path.bytes.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
            let last = path.bytes[(start.map { $0 + 1 } ?? 0)...]
            return last.isEmpty ? nil : ByteString(last)
        }
    }

    /// The name of the file there: the last segment with its `%XX` decoded. conda and rattler decode the names they ask
    /// a channel for, so they find the file by this name. A segment that is not UTF-8 then stays as it is.
    public var fileName: String? {
        guard case .url(let url) = self else { return lastSegment?.string }
        guard let segment = url.lastSegment, segment.utf8.contains(UInt8(ascii: "%")) else { return url.lastSegment }
        return ByteString(PercentEncoding.decode(segment.utf8)).string ?? segment
    }

    /// The location with its path normalised as text. Lock files of versions 1 to 6 refer to a package by it. A leading
    /// `..` is kept, so that `../a` and `a` differ.
    public var comparable: PackageLocation {
        guard case .path(let path) = self, path.bytes.contains(UInt8(ascii: ".")) || path.bytes.contains(where: isSlash)
        else { return self }
        let isAbsolute = path.bytes.first.map(isSlash) ?? false
        var components: [ArraySlice<UInt8>] = []
        for component in path.bytes.split(whereSeparator: isSlash) where !component.elementsEqual(".".utf8) {
            if component.elementsEqual("..".utf8), let last = components.last, !last.elementsEqual("..".utf8) {
                components.removeLast()
            } else if !(isAbsolute && components.isEmpty && component.elementsEqual("..".utf8)) {
                components.append(component)
            }
        }
        let joined = Array(components.joined(separator: [UInt8(ascii: "/")]))
        return .path(ByteString(isAbsolute ? [UInt8(ascii: "/")] + joined : joined))
    }
}

private func isSlash(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") }

extension PackageLocation: CustomStringConvertible {
    /// Without secrets.
    public var description: String { redacted }
}

extension WebURL {
    /// The path that a `file:` URL names, percent-decoded; nil for other schemes. `file:///C:/x` is `C:\x`; a host
    /// other than `localhost` makes it a UNC path.
    public var filePath: ByteString? {
        guard scheme == "file" else { return nil }
        var bytes = PercentEncoding.decode(path.utf8)
        func withBackslashes(_ bytes: some Sequence<UInt8>) -> [UInt8] {
            bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "\\") : $0 }
        }
        if let host {
            bytes = Array("\\\\\(host)".utf8) + withBackslashes(bytes)
        } else if bytes.count >= 3, bytes[2] == UInt8(ascii: ":"), UInt8(ascii: "A") <= bytes[1] & 0xDF,
            bytes[1] & 0xDF <= UInt8(ascii: "Z"), bytes.count == 3 || bytes[3] == UInt8(ascii: "/")
        {
            bytes = withBackslashes(bytes.dropFirst())
        }
        return ByteString(bytes)
    }

    /// The URL to request: without a `direct+` in front of the scheme (docs/spec/lock.md#locations).
    public var withoutDirectPrefix: WebURL {
        guard text.hasPrefix("direct+") else { return self }
        return (try? WebURL(String(text.dropFirst(7)))) ?? self
    }
}
