import Archive
import CondaModel
import Image
import Install
import SelfExtract
import Support

/// The image that a self-extracting pack has in place of packages.
struct PackedImage: Sendable {
    /// The path of the pack.
    let path: ByteString
    let slice: FileSlice
    let digest: SHA256Digest
    /// What its files name.
    let prefix: ByteString

    /// - Throws: `Failure` if its bytes are not those that were packed.
    func verify() throws {
        let found = try slice.sha256()
        if found == digest { return }
        throw Failure(
            "'\(path)': this file is damaged: expected an image with sha256 \(digest.hex), found \(found.hex)",
            remedy: "Copy or download it again.", kind: .integrity)
    }
}

extension OpenPack {
    /// Nil if the pack has packages.
    var image: PackedImage? {
        guard let image = layout?.image, let file = tar?.file else { return nil }
        return PackedImage(
            path: reader.path,
            slice: FileSlice(file: file, offset: EmbeddedImage.offset, length: image.length), digest: image.digest,
            prefix: image.prefix)
    }

    /// The path that the image's files name; nil if the pack has packages.
    var imagePrefix: ByteString? { image?.prefix }
}

extension Unpacker {
    /// Unpacks a pack that is open, of packages or an image.
    func unpack(_ pack: OpenPack) throws -> Summary {
        guard let image = pack.image else {
            return try unpack(pack.reader, pack.form, as: options.isDryRun ? nil : identity(of: pack))
        }
        Interruption.begin()
        try refuseForImage(pack)
        let manifest = try PackManifest(of: pack.reader)
        let target = try self.target()
        let isThere = try !options.force && InstalledEnvironment(at: target.place) != nil
        if !isThere { try make(image, manifest, pack, at: target) }
        // The archive is a delta pack without packages: now it finds them there, and makes scripts and all else.
        var summary = try afterImage().unpack(pack.reader, pack.form, as: identity(of: pack))
        if !isThere { summary.becomeNew() }
        return summary
    }

    /// What needs packages.
    private func refuseForImage(_ pack: OpenPack) throws {
        let useless: [(String, Bool)] = [
            ("--dry-run", options.isDryRun), ("--repair", options.repairs), ("--run-post-link", options.runsPostLink),
            ("--compile-pyc", options.byteCode != nil), ("--as-workspace", options.workspace != nil),
            ("--base", options.base != nil), ("--compat", options.followsOriginal),
        ]
        guard let option = useless.first(where: \.1)?.0 else { return }
        throw Failure(
            "'\(pack.reader.path)' holds an image, not packages: \(option) cannot be used with it",
            remedy: "Leave it out, or use a pack made without --squashfs.")
    }

    /// Makes the environment of an image: out of sight, adapted to its place.
    private func make(
        _ image: PackedImage, _ manifest: PackManifest, _ pack: OpenPack, at target: UnpackTarget
    ) throws {
        try manifest.requirePlatform(options.checksHost && options.prefix == nil ? .same : .sameLayout)
        try checkHost(of: pack)
        try PrefixPlace.requireUsable(target.place)
        try target.requireOwnPlace(packs: [Unpacker.resolved(image.path)])
        let lock = try occupy(target.place)
        defer { withExtendedLifetime(lock) {} }
        // Another process may have made it while this one waited.
        if lock.hasWaited, !options.force, try InstalledEnvironment(at: target.place) != nil { return }
        if options.verifiesPackages { try image.verify() }
        let contents = try describing("could not read the image of '\(image.path)'") {
            try SquashFSReader(image.slice, maximumSize: options.maximumSize)
        }
        let bytes = contents.entries.reduce(Int64(0)) { sum, entry in
            if case .file(let size) = entry.kind { sum &+ size } else { sum }
        }
        try SpaceCheck.require(bytes, at: nearestDirectory(options.outputDirectory), for: "the environment")
        let place = try FreshPrefix(
            target.place, replacing: options.force, umask: umask, trustsOwner: options.trustsOwner)
        defer { place.giveUp() }
        try ImageExtraction.run(contents, into: place.workplace, umask: umask, pool: pool, reporter: reporter)
        guard let environment = try InstalledEnvironment(at: place.workplace) else {
            throw Failure("the image of '\(image.path)' holds no environment", kind: .integrity)
        }
        try adapt(environment, to: target.prefix)
        try Interruption.check()
        try place.commit()
    }

    private func adapt(_ environment: InstalledEnvironment, to prefix: FinalPrefix) throws {
        let relocation = try Relocation(of: environment, to: prefix, pool: pool)
        if !relocation.impossible.isEmpty {
            let lines = relocation.impossible.prefix(20).map { file in
                "\n  '\(file.path)' of \(file.owner): \(file.reason)" as Message
            }.joined()
            throw Failure(
                "the environment of the image cannot be adapted to '\(prefix.path)':" + lines,
                remedy: "Choose a shorter path with --output-directory, or mount the image.")
        }
        try relocation.run()
    }

    /// Refuses machines that cannot run what is in the image.
    func checkHost(of pack: OpenPack) throws {
        guard options.checksHost, options.prefix == nil else { return }
        try HostCheck().check(PackIndex.entries(of: pack.reader).map(\.record))
    }
}
