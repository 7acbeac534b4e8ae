import Archive
import CondaModel
import Support

/// What a package says of itself, read while its archive is at hand, for the plan that packing makes. The archive may
/// be gone when all packages have come.
public struct PackageOutline: Sendable {
    /// See `PackageMetadata`.
    let name: CondaName
    let noarch: NoArch
    let table: PathTable
    let entryPoints: [EntryPoint]

    /// Whether it brings a script to be run after it is installed, which conda runs and pixi does not by itself.
    public func hasPostLink(_ name: CondaName) -> Bool {
        let path = ByteString("bin/.\(name)-post-link.sh").bytes
        return table.entries.contains {
            $0.length == path.count && table.names[table.range(of: $0)].elementsEqual(path)
        }
    }

    /// In bytes. A `.tar.bz2` of at most this size is compared with its own list of files: it is a single bzip2 block.
    static let listedTarBz2: Int64 = 64 << 10
    /// In bytes. No larger `.conda` is compared with its own list of files.
    private static let mostListed: Int64 = 256 << 10
    /// How many bytes of a `.tar.bz2` are decoded to find its metadata, which mostly lies at the beginning.
    static let searchedSize: Int64 = 16 << 20

    /// The size up to which each `.conda` of a pack is compared with its own list of files; larger ones only if their length
    /// says that something is missing. Decoding all would take longer than packing. So the limit includes the smallest packages
    /// that together have a hundredth of the bytes; in a small pack it includes all.
    ///
    /// - Parameter sizes: of all conda packages of the pack.
    public static func listedSize(_ sizes: [Int64]) -> Int64 {
        var left = max(2 << 20, sizes.reduce(0) { $0.addingReportingOverflow($1).partialValue } / 100)
        for size in sizes.sorted() {
            left -= size
            if left < 0 || size > mostListed { return min(size - 1, mostListed) }
        }
        return mostListed
    }

    /// Reads the indexes of a package, and checks what can be checked without the rest of the pack.
    ///
    /// - Parameter listedSize: compare a `.conda` of no more bytes with its list of files.
    /// - Returns: nil if the metadata lies so far behind that looking for it would take too long.
    /// - Throws: `Failure` naming the package if it could never be installed.
    public static func read(
        _ source: PackageSource, listedSize: Int64, scratch: DecoderScratch
    ) throws -> PackageOutline? {
        let found = try describing(
            "could not read package '\(source.fileName)'", remedy: InstallPlan.packageRemedy
        ) {
            let archive = try source.archive()
            return try PackageInfo.read(source, archive, scratch: scratch, limit: searchedSize).map {
                (archive, try $0.outline())
            }
        }
        guard let (archive, outline) = found else { return nil }
        try describing("could not plan package '\(source.fileName)'", remedy: InstallPlan.packageRemedy) {
            if try outline.mustList(source, archive, listedSize) {
                try PackageListing(try outline.table.paths()).check(archive, scratch: scratch)
            }
        }
        return outline
    }

    private func mustList(_ source: PackageSource, _ archive: CondaArchive, _ listedSize: Int64) throws -> Bool {
        if source.kind == .tarBz2 { return source.member.size <= PackageOutline.listedTarBz2 }
        if source.member.size <= listedSize { return true }
        // A size that is large enough proves nothing, as hard links have no content of their own.
        guard let size = try archive.payloadSize else { return false }
        return size < table.leastSize
    }

    /// The metadata without what only writing files needs.
    var metadata: PackageMetadata {
        get throws {
            PackageMetadata(
                name: name, noarch: noarch, paths: PackagePaths(try table.paths()), entryPoints: entryPoints,
                aboutTime: nil,
                needsInfoPart: false)
        }
    }
}

/// The entries of an archive, compared with the package's list of files without reading their content, except for the
/// files that decide whether the environment can be activated.
private struct PackageListing {
    private let paths: [PackagePath]

    init(_ paths: [PackagePath]) { self.paths = paths }

    /// - Throws: `Failure` naming the file that is listed and is not there, or is something else.
    func check(_ archive: CondaArchive, scratch: DecoderScratch) throws {
        var kinds: [RelativePath: TarEntry.Kind] = [:]
        var links = LinkTree()
        try archive.readEntries(.all, scratch: scratch) { entry, reader in
            try Interruption.check()
            kinds[entry.path] = entry.kind
            // What is below a link of the archive lies where that leads, as when it is unpacked.
            if !links.isEmpty, let place = try links.resolve(entry.path, followingLast: false), place != entry.path {
                kinds[place] = entry.kind
            }
            if case .symlink(let target) = entry.kind { links[entry.path] = target }
            if entry.kind == .file, entry.path.bytes.hasPrefix("etc/conda/env_vars.d/") {
                try describing("'\(entry.path)'") {
                    try ActivationSources.check(variables: try reader.readAll(limit: 1 << 20))
                }
            }
            return .next
        }
        for path in paths where path.kind != .directory {
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
