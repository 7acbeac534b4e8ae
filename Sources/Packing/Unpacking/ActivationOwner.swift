import Support

/// The environment an activation script was written for.
struct ActivationOwner {
    /// Its path.
    let environment: ByteString

    /// Looks which environment in the script's folder the script names.
    ///
    /// - Parameter except: the absolute path of the environment that gets the script now.
    /// - Returns: nil if there is no script, it is that environment's own, or nobody's who is there.
    init?(of script: ByteString, folder: ByteString, except prefix: ByteString) {
        guard let file = try? File.open(script), let text = try? file.slice().readAll(limit: 1 << 20),
            !Self.names(prefix, in: text), let entries = try? Sys.list(folder)
        else { return nil }
        let places = entries.sorted().map { folder.appending(path: $0) }
        guard
            let found = places.first(where: { place in
                Self.names(place, in: text) && (try? Sys.exists(place.appending(path: "conda-meta"))) == true
            })
        else { return nil }
        environment = found
    }

    /// Whether the path stands in the text, and not as the beginning of another one.
    private static func names(_ path: ByteString, in text: [UInt8]) -> Bool {
        ByteSearch.ranges(of: path.bytes, in: text).contains { range in
            range.upperBound < text.count && "/'\"\n\r".utf8.contains(text[range.upperBound])
        }
    }
}
