import Archive
import CondaModel
import Image
import Install
import SelfExtract
import Support

/// Makes the SquashFS of a self-extracting pack (`--create-executable --squashfs`): the pack is made as usual, into a file
/// without a name, its environment is unpacked into the image, and what the pack says of itself stays beside the image as a
/// delta pack without packages.
public struct ExecutableImage: Sendable {
    /// Where the environment will be mounted; nil: at a place named after its contents.
    public var prefix: FinalPrefix?

    public init(prefix: FinalPrefix? = nil) { self.prefix = prefix }

    /// The header of the pack has room for no longer one.
    private static let longestPrefix = 120

    /// What is known before anything is fetched.
    ///
    /// - Throws: `Failure` if no image can be made for the platform, or by this machine.
    func check(for platform: Platform, _ runtime: EmbeddedRuntime) throws {
        guard [.linux64, .linuxAarch64].contains(platform) else {
            throw Failure(
                "an image can be mounted on Linux only, the pack is for '\(platform.rawValue)'",
                remedy: "Leave --squashfs out, or pack for linux-64 or linux-aarch64.")
        }
        guard runtime.readsImages else {
            throw Failure(
                "the pixi-unpack to embed cannot mount images",
                remedy: "Name a newer one with --pixi-unpack-source, or leave that out.")
        }
        if let prefix, prefix.path.count > ExecutableImage.longestPrefix {
            throw Failure(
                "the prefix '\(prefix.path)' has \(prefix.path.count) bytes, an image can have one of"
                    + " \(ExecutableImage.longestPrefix)", remedy: "Choose a shorter one.")
        }
        try SquashFSImage.makingProgram()
    }

    /// Where an image is mounted if nobody says it. The path is fixed, as the environment's files name it, short, as scripts
    /// begin with it, and everybody can make it; another environment has another one.
    private static func usualPrefix(for contents: SHA256Digest) throws -> FinalPrefix {
        try FinalPrefix(named: ByteString("/tmp/pixi-\(contents.hex.prefix(16))"))
    }

    /// Writes image and archive to their places in the file of the pack.
    ///
    /// - Parameter pack: the tar with the packages.
    /// - Returns: the image, and where the archive is.
    func write(
        _ pack: FileSlice, to pending: PendingFile, reporter: any Reporter
    ) throws -> (image: EmbeddedImage, archive: FileSlice) {
        let opened = try OpenPack(reader: PackReader.open(pack), layout: nil, tar: pack, signature: nil)
        let contents = try ContentDigest.ofVerified(opened.reader, opened.form)
        var options = UnpackOptions()
        options.prefix = try prefix ?? ExecutableImage.usualPrefix(for: contents)
        options.activation.shells = []
        options.checksHost = false
        let target = ImageTarget.squashFSPart(of: pending.temporary, at: EmbeddedImage.offset)
        let summary = try Unpacker(options, reporter: reporter).unpack(opened, into: ImageOptions(target))
        let length = try pending.file.size() - EmbeddedImage.offset
        guard length > 0 else { throw Failure("sqfstar has made something else than it was asked for") }
        let slice = FileSlice(file: pending.file, offset: EmbeddedImage.offset, length: length)
        let image = EmbeddedImage(length: length, digest: try slice.sha256(), prefix: summary.prefix)
        let offset = ExecutableLayout.nextBlock(from: image.end)
        let archive = try TarPackWriter(
            try ExecutableImage.label(of: opened), to: pending.file, at: offset,
            spoolDirectory: pending.target.parentPath, completion: { _ in }
        ).finish()
        return (image, FileSlice(file: pending.file, offset: offset, length: archive))
    }

    /// The files of a pack without its packages.
    private static func label(of pack: OpenPack) throws -> [PackEntry] {
        guard case .plain(let manifest) = pack.form, var contents = manifest.contents,
            let producer = manifest.producer
        else { throw Failure("an image is made of a whole pack that lists its files") }
        let isPackage = { (path: RelativePath) in
            path.parent?.bytes == "pypi"
                || path.components.first == "channel" && path.lastComponent != "repodata.json"
        }
        contents.required = contents.members.filter { isPackage($0.path) }.map { member in
            var requirement = PackContents.Requirement(path: member.path, sha256: member.sha256, size: member.size)
            (requirement.url, requirement.channel) = (member.url, member.channel)
            requirement.direct = member.direct
            return requirement
        }
        contents.members.removeAll { isPackage($0.path) }
        let text = PackManifest(platform: manifest.platform, producer: producer, contents: contents).render()
        return try pack.reader.members.filter { !isPackage($0.name) }.map { member in
            let bytes = member.name.bytes == PackManifest.fileName ? text : try member.open().readAll()
            return PackEntry(member.name, .bytes(bytes))
        }
    }
}
