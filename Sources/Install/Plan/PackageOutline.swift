import Archive
import CondaModel
import Support

/// What a package says of itself, read while its archive is at hand, for the plan that packing makes. The archive may
/// be gone when all packages have come.
public struct PackageOutline: Sendable {
    let metadata: PackageMetadata

    /// Whether it brings a script to be run after it is installed, which conda runs and pixi does not by itself.
    public func hasPostLink(_ name: String) -> Bool {
        let path = ByteString("bin/.\(name)-post-link.sh")
        return metadata.paths.contains { $0.source.bytes == path }
    }

    /// Packages of up to this packed size are compared with their own list of files. Larger ones are compared only if
    /// their size shows that something is missing, as decoding all of them would take longer than packing.
    static let listedSize: (conda: Int64, tarBz2: Int64) = (256 << 10, 64 << 10)
    /// How many bytes of a `.tar.bz2` are decoded to find its metadata, which is usually at the beginning.
    static let searchedSize: Int64 = 16 << 20

    /// Reads the metadata of a package, and checks what can be checked without the rest of the pack.
    ///
    /// - Returns: nil if the metadata is so far behind that looking for it would take too long.
    /// - Throws: `Failure` naming the package if it could never be installed.
    public static func read(_ source: PackageSource, scratch: DecoderScratch) throws -> PackageOutline? {
        let found = try describing(
            "could not read package '\(source.fileName)'", remedy: InstallPlan.packageRemedy
        ) { try PackageMetadata.read(source, scratch: scratch, limit: searchedSize) }
        guard let found else { return nil }
        try describing("could not plan package '\(source.fileName)'", remedy: InstallPlan.packageRemedy) {
            if try mustList(source, found) { try PackageListing(found).check(source, scratch: scratch) }
        }
        return PackageOutline(metadata: found)
    }

    private static func mustList(_ source: PackageSource, _ metadata: PackageMetadata) throws -> Bool {
        if source.kind == .tarBz2 { return source.member.size <= listedSize.tarBz2 }
        if source.member.size <= listedSize.conda { return true }
        // Hard links have no content of their own, so the size proves nothing for packages that have them.
        guard let size = try source.archive().payloadSize else { return false }
        let least = metadata.paths.reduce(Int64(0)) { sum, path in
            if path.kind == .directory || path.source.bytes.hasPrefix("info/") { return sum }
            let bytes = path.kind == .softlink ? 0 : Int64(clamping: min(path.size ?? 0, 1 << 40))
            return sum + 512 + (bytes + 511) / 512 * 512
        }
        return size < least
    }
}

extension PackageSource {
    /// A package of a pack that is being made.
    public init(record: PackageRecord, fileName: String, outline: PackageOutline) throws {
        let member = PackMember.absent(
            try RelativePath(ByteString(fileName)), size: Int64(clamping: record.size ?? 0))
        try self.init(record: record, fileName: fileName, member: member, kept: outline.metadata)
    }
}

/// The entries of an archive, compared with the package's list of files without reading their content, except for the
/// files that decide whether the environment can be activated.
private struct PackageListing {
    private let metadata: PackageMetadata

    init(_ metadata: PackageMetadata) { self.metadata = metadata }

    /// - Throws: `Failure` naming a listed file that is missing or is something else.
    func check(_ source: PackageSource, scratch: DecoderScratch) throws {
        var kinds: [RelativePath: TarEntry.Kind] = [:]
        var links = LinkTree()
        try source.archive().readEntries(.all, scratch: scratch) { entry, reader in
            try Interruption.check()
            kinds[entry.path] = entry.kind
            if case .symlink(let target) = entry.kind { links[entry.path] = target }
            if entry.kind == .file, entry.path.bytes.hasPrefix("etc/conda/env_vars.d/") {
                try describing("'\(entry.path)'") {
                    try ActivationSources.check(variables: try reader.readAll(limit: 1 << 20))
                }
            }
            return .next
        }
        for path in metadata.paths where path.kind != .directory {
            guard let kind = kinds[path.source] else {
                let elsewhere = try links.resolve(path.source, followingLast: false)
                if path.kind == .softlink || elsewhere.map({ $0 != path.source }) ?? false { continue }
                throw Failure("'\(path.source)' is listed but not in the archive")
            }
            if kind == .directory, path.kind == .hardlink {
                throw Failure("'\(path.source)' is a folder in the archive, but is listed as a file")
            }
        }
    }
}
