import CondaModel
import Support

/// What all steps of an installation share.
struct InstallContext: Sendable {
    /// Where the environment will be used, as it is written into files.
    let prefix: FinalPrefix
    let platform: Platform
    let python: PythonInfo?
    /// The absolute path of the pack, as records name it.
    let origin: ByteString
    let linkType: LinkType
    /// Whether files are adapted as the original does it, with its limits.
    let followsOriginal: Bool
    /// The hashes of the records that were written, by their path.
    let records = Locked<[ByteString: UInt64]>([:])
}
