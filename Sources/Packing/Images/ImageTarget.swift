import Archive
import OCI
import Support

/// What an environment is written into instead of a folder, by its name.
public enum ImageTarget: Sendable, Equatable {
    /// `-`: a plain tar to standard output.
    case standardOutput
    /// `….tar`, or compressed: `….tar.zst`.
    case tar(ByteString, PackCompression?)
    /// `….squashfs`, `….sqfs`
    case squashFS(ByteString)
    /// A SquashFS from this offset on of a file that is there and is being written.
    case squashFSPart(of: ByteString, at: Int64)
    /// `oci:DIR:TAG`, or `oci://REGISTRY/REPOSITORY:TAG`
    case container(OCIReference)

    var isSquashFS: Bool {
        switch self {
        case .squashFS, .squashFSPart: true
        case .standardOutput, .tar, .container: false
        }
    }

    /// - Throws: `Failure` if the name does not say what it is to be.
    public init(argument: ByteString) throws {
        if argument == "-" {
            self = .standardOutput
            return
        }
        if let reference = try OCIReference(argument: argument) {
            let isLayout = if case .layout = reference.place { true } else { false }
            guard reference.digest == nil, isLayout || reference.tag != nil else {
                throw Failure(
                    "'\(argument)' names no tag for the image",
                    remedy: "Write a tag behind it, and no digest: --into oci://REGISTRY/REPOSITORY:TAG.")
            }
            self = .container(reference)
            return
        }
        let name = ByteString(argument.lossyString.lowercased())
        if [".squashfs", ".sqfs", ".sqsh"].contains(where: { name.hasSuffix($0) }) {
            self = .squashFS(argument)
        } else if name.hasSuffix(".tar") {
            self = .tar(argument, nil)
        } else if let compression = PackCompression(fileName: argument) {
            self = .tar(argument, compression)
        } else {
            throw Failure(
                "'\(argument)' does not say what it is to be",
                remedy:
                    "Give --into a name like env.squashfs, env.tar.zst, oci:DIR:TAG, oci://REGISTRY/REPOSITORY:TAG, or - for a tar."
            )
        }
    }
}
