import CondaModel
import Support

/// Where a package comes from, as its record names it. conda, mamba and pixi look there for other versions, and take a
/// package of another channel for another package.
public struct PackageOrigin: Sendable, Equatable {
    /// The archive, without credentials.
    let url: String
    /// The channel: the URL without platform and file. It ends with a slash, as rattler writes it.
    let channel: String

    /// As a pack says it of a package.
    ///
    /// - Parameter channel: nil: all but the last two parts of the URL.
    /// - Returns: nil if either is no URL.
    public init?(url: String, channel: String?) {
        guard let address = try? WebURL(url) else { return nil }
        let archive = address.withoutCredentials
        let text =
            channel
            ?? archive.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
            .joined(separator: "/")
        guard let home = try? WebURL(text) else { return nil }
        self.url = archive
        let folder = home.withoutCredentials
        self.channel = folder.utf8.last == UInt8(ascii: "/") ? folder : folder + "/"
    }

    /// The pack itself, whose folder `channel` is the one that environment.yml names.
    ///
    /// - Parameters:
    ///   - pack: its absolute path.
    ///   - subdir: may be empty.
    init(inPack pack: ByteString, subdir: String, fileName: String) {
        // Encoded as by the original's engine (docs/compatibility.md).
        let channel = pack.appending(path: "channel")
        let folder = subdir.isEmpty ? channel : channel.appending(path: ByteString(subdir))
        url = FileURL.text(folder.appending(path: ByteString(fileName)), .strict)
        self.channel = FileURL.text(channel, .strict) + "/"
    }

    /// The channel as conda's history names it: by its name if it is one of anaconda.org, else by its URL.
    static func name(ofChannel channel: String) -> String {
        var text = channel[...]
        while text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
        for folder in ["main", "r", "msys2"] where text == "https://repo.anaconda.com/pkgs/\(folder)" {
            return "defaults"
        }
        for host in ["https://conda.anaconda.org/", "https://repo.anaconda.com/"] where text.hasPrefix(host) {
            return String(text.dropFirst(host.count))
        }
        return String(text)
    }
}

extension PackageSource {
    /// Where the package comes from; what nobody knows comes from the pack.
    ///
    /// - Parameter pack: its absolute path.
    func origin(in pack: ByteString) -> PackageOrigin {
        origin ?? PackageOrigin(inPack: pack, subdir: record.subdir, fileName: fileName)
    }
}
