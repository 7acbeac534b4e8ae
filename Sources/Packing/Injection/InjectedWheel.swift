import Archive
import CondaModel
import Support

/// A wheel given by its file, with what it says of itself.
public struct InjectedWheel: Sendable {
    public let path: ByteString
    /// The file's own name, kept in the pack.
    public let fileName: String
    public let name: WheelName
    public let metadata: CoreMetadata
    public let sha256: SHA256Digest
    /// The bytes of the wheel; the file stays open, so it may be removed.
    public let file: FileSlice

    /// Opens a wheel, computes its hash and reads its METADATA.
    ///
    /// - Throws: `Failure` naming the file and what is wrong with it.
    public static func read(_ path: ByteString, scratch: DecoderScratch) throws -> InjectedWheel {
        let fileName = path.lastPathComponent.lossyString
        return try describing(
            "could not inject '\(path)'",
            remedy: "Get the file again, or build it again; keep the name it was made with."
        ) {
            let name = try WheelName(fileName)
            let file = try File.open(path).slice()
            let metadata = try describing("it is not a usable wheel") {
                try WheelSummary(file, scratch: scratch).metadata
            }
            guard metadata.name == name.name else {
                throw Failure("its METADATA is for '\(metadata.name)', the file name says '\(name.name)'")
            }
            return InjectedWheel(
                path: path, fileName: fileName, name: name, metadata: metadata, sha256: try file.sha256(), file: file)
        }
    }

    /// What the check of the whole set must know.
    var checked: WheelSetCheck.Wheel {
        WheelSetCheck.Wheel(
            fileName: fileName, name: name.name, version: name.version, requiresPython: metadata.requiresPython,
            requiresDist: metadata.requiresDist, tags: name)
    }
}
