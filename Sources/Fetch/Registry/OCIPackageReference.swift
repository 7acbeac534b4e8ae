import CondaModel
import Support

/// A conda package in an OCI registry, named as conda's OCI mirrors do: the image is the path with the package's name,
/// the tag is version and build.
struct OCIPackageReference: Sendable, Equatable {
    /// `channel-mirrors/conda-forge/linux-64/python` of a registry.
    let repository: OCIRepository
    let tag: String
    /// The media type of the layer that is the package.
    let mediaType: String

    /// - Throws: `Failure` if the URL does not end in the file name of a package.
    init(_ url: WebURL) throws {
        let path = ByteString(PercentEncoding.decode(url.path.utf8)).lossyString
        let parts = path.split(separator: "/").map(String.init)
        // URLs of this scheme allow nearly any text as host; here it has to be a host of HTTP.
        guard let text = url.host, let host = (try? WebURL("https://\(text)"))?.host, parts.count > 1,
            let name = parts.last.flatMap({ ArchiveName($0) })
        else {
            throw Failure(
                "'\(url.redacted)' does not name a package in a registry (oci://host/channel/subdir/file)",
                remedy: "Correct the URL in the lock file or in the mirrors.")
        }
        // Image names cannot begin with an underscore.
        let image = (name.name.hasPrefix("_") ? "zzz" : "") + name.name
        repository = OCIRepository(
            host: host, port: url.port, name: (parts.dropLast() + [image]).joined(separator: "/"))
        tag = OCIPackageReference.tag("\(name.version)-\(name.build)")
        mediaType = "application/vnd.conda.package.v\(name.kind == .conda ? 2 : 1)"
    }

    /// Tags know neither `+` nor `!` nor `=`.
    private static func tag(_ text: String) -> String {
        text.map { character in
            switch character {
            case "+": "__p__"
            case "!": "__e__"
            case "=": "__eq__"
            default: String(character)
            }
        }.joined()
    }
}
