import Archive
import CondaModel
import Fetch
import SelfExtract
import Signing
import Support

/// A pack that was found and can be read.
public struct OpenPack: Sendable {
    public internal(set) var reader: PackReader
    /// What it is.
    let form: PackManifest.Form
    /// Of a self-extracting pack, nil for others.
    let layout: ExecutableLayout?
    /// The bytes of the tar in its file; nil for directories.
    public let tar: FileSlice?
    /// What was checked before the pack was read; nil if nobody asked for it.
    public let signature: Signature?
    /// Of the manifest in a registry or layout; nil for others.
    public let digest: SHA256Digest?

    /// - Throws: `Failure` if it is no pack.
    init(
        reader: PackReader, layout: ExecutableLayout?, tar: FileSlice?, signature: Signature?,
        digest: SHA256Digest? = nil
    ) throws {
        self.digest = digest
        self.reader = reader
        form = try PackManifest.form(of: reader)
        self.layout = layout
        self.tar = tar
        self.signature = signature
    }

    /// Says whose pack it is, if that was checked.
    public func reportSignature(_ reporter: any Reporter) {
        guard let signature else { return }
        let comment = signature.trustedComment.lossyString.unicodeScalars.map {
            $0.properties.generalCategory == .control ? " " : String($0)
        }
        reporter.info("The pack was signed with the key \(signature.keyID): \(comment.joined())")
    }
}
