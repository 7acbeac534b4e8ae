import LibC
import Signing
import Support

/// Signs packs as they are made.
public struct PackSigning: Sendable {
    public let key: SecretKey
    /// What is signed along; nil: the pack's name, so that equal packs have equal signatures.
    let comment: ByteString?

    public init(key: SecretKey, comment: ByteString? = nil) {
        self.key = key
        self.comment = comment
    }

    /// - Throws: `Failure` if a pack of this form has no place for a signature beside it.
    func check(_ output: PackOutput) throws {
        let path: ByteString
        switch output {
        case .directory:
            throw Failure("a folder cannot be signed", remedy: "Leave out --directory-only or --sign.")
        case .standardOutput, .executable("-", _):
            throw Failure(
                "a pack on standard output has no place for a signature beside it",
                remedy: "Write it to a file with -o FILE, or sign what comes out of the pipe.")
        case .executable(nil, _), .reference, .layout: return
        case .file(let name), .executable(let name?, _): path = name
        }
        if let status = try? Sys.stat(path), ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            throw Failure(
                "'\(path)' is no regular file, so a signature of it is of no use", remedy: "Name another file with -o.")
        }
    }

    /// The signature of a manifest, which names everything in a pack by its hash.
    func sign(manifest file: FileSlice, called name: ByteString) throws -> Signature {
        try describing("could not sign the manifest of '\(name)'") {
            let isPlain = name.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            return try Signature(of: file, by: key, comment: comment ?? (isPlain ? name : "hashed"))
        }
    }

    /// Writes the signature of a pack that is complete.
    ///
    /// - Returns: the path of the signature.
    func sign(_ pack: ByteString) throws -> ByteString {
        let path = pack + Signature.fileEnding
        try describing(
            "could not sign '\(pack)', which is complete otherwise",
            remedy: "Sign it with 'minisign -Sm \(pack)', or pack again."
        ) {
            let slice = try File.open(pack).slice()
            let name = ByteString("file:") + pack.lastPathComponent + "\thashed"
            let isPlain = name.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            let signature = try Signature(of: slice, by: key, comment: comment ?? (isPlain ? name : "hashed"))
            try WholeFile.write(signature.fileContents, to: path, umask: ProcessUmask.original)
        }
        return path
    }
}
