import Archive
import CondaModel
import Support

/// The files of a package under `info/` that an installation needs, while they are met one after the other in its
/// archive (docs/spec/install.md#info).
struct PackageInfo {
    /// The files under `info/` that matter.
    private enum InfoFile: String, CaseIterable {
        case index, paths, link, files, hasPrefix, noLink, noSoftlink

        var path: ByteString {
            switch self {
            case .index: "info/index.json"
            case .paths: "info/paths.json"
            case .link: "info/link.json"
            case .files: "info/files"
            case .hasPrefix: "info/has_prefix"
            case .noLink: "info/no_link"
            case .noSoftlink: "info/no_softlink"
            }
        }

        static let byPath = Dictionary(uniqueKeysWithValues: allCases.map { ($0.path, $0) })
    }

    private static let folder: ByteString = "info/"
    private static let about: ByteString = "info/about.json"

    /// Reads the info part of a `.conda`, or a `.tar.bz2` until all that is needed was met. Packages without paths.json
    /// are read as a whole, as their archive tells what kind a path is.
    ///
    /// - Throws: `Failure` if something cannot be read.
    static func read(
        _ source: PackageSource, _ archive: CondaArchive, scratch: DecoderScratch, budget: MetadataBudget? = nil
    ) throws -> PackageInfo {
        var info = PackageInfo(source, budget)
        let mayStop = source.kind == .tarBz2
        try archive.readEntries(.info, scratch: scratch) { entry, reader in
            try info.take(entry, &reader)
            return mayStop && info.isComplete ? .stop : .next
        }
        if !mayStop && (info.texts[.paths] == nil || info.texts[.index] == nil) {
            info.hasOtherFiles = true
            try archive.readEntries(.payload, scratch: scratch) { entry, reader in
                try info.take(entry, &reader)
                return .next
            }
        }
        return info
    }

    /// The same for callers that only want to look: of a `.tar.bz2` about `limit` bytes at most are decoded.
    ///
    /// - Returns: nil if what is needed lies behind the limit.
    static func read(
        _ source: PackageSource, _ archive: CondaArchive, scratch: DecoderScratch, limit: Int64
    ) throws -> PackageInfo? {
        guard source.kind == .tarBz2 else { return try read(source, archive, scratch: scratch) }
        var info = PackageInfo(source, nil)
        let start = scratch.decodedBytes
        var isWithin = true
        try archive.readEntries(.info, scratch: scratch) { entry, reader in
            isWithin = scratch.decodedBytes &- start &+ entry.size <= limit
            if !isWithin { return .stop }
            try info.take(entry, &reader)
            return info.isComplete ? .stop : .next
        }
        return isWithin ? info : nil
    }

    private var texts: [InfoFile: [UInt8]] = [:]
    private var aboutTime: Int64?
    /// Something outside of `info/` was met.
    private var hasOtherFiles = false
    private var index: PackageRecord?
    /// What the archive has at each path, until it is known that paths.json tells.
    private var kinds: [RelativePath: PackagePath.Kind] = [:]
    private let budget: MetadataBudget
    /// Bytes its texts may still have.
    private var textLeft: Int64

    private init(_ source: PackageSource, _ budget: MetadataBudget?) {
        let packed = source.member.size
        self.budget = budget ?? MetadataBudget(packed: packed)
        textLeft = MetadataBudget.textLimit(packed: packed)
    }

    private mutating func take(_ entry: TarEntry, _ reader: inout EntryReader) throws {
        if texts[.paths] == nil {
            try budget.spend(entry.path.bytes.count, fixed: 100)
            switch entry.kind {
            case .file, .hardlink: kinds[entry.path] = .hardlink
            case .symlink: kinds[entry.path] = .softlink
            case .directory: kinds[entry.path] = .directory
            }
        }
        guard entry.path.bytes.hasPrefix(PackageInfo.folder) else {
            if entry.kind != .directory { hasOtherFiles = true }
            return
        }
        guard entry.kind == .file else { return }
        if entry.path.bytes == PackageInfo.about {
            aboutTime = entry.modificationTime
        } else if let file = InfoFile.byPath[entry.path.bytes] {
            texts[file] = try describing("could not read \(file.path)") { try reader.readAll(limit: textLeft) }
            textLeft -= entry.size
            if file == .index { index = try readIndex() }
            if file == .paths { kinds = [:] }
        }
    }

    /// Whether the rest of a `.tar.bz2` need not be looked at.
    private var isComplete: Bool {
        guard texts[.paths] != nil, let index else { return false }
        return index.noarch != .python || texts[.link] != nil
    }

    private func readIndex() throws -> PackageRecord {
        try describing("could not read info/index.json") {
            let record = try PackageRecord(json: JSONDocument(texts[.index] ?? []).root)
            guard CondaName.isPlain(record.name.text.utf8) else {
                throw Failure("'\(record.name)' is not a package name")
            }
            return record
        }
    }

    /// All that an installation needs.
    ///
    /// - Throws: `Failure` if something needed is missing or malformed.
    func metadata() throws -> PackageMetadata {
        let index = try requiredIndex()
        let paths = try texts[.paths].map { try PathsJSON.parse($0, budget: budget) } ?? PackagePaths(legacyPaths())
        return PackageMetadata(
            name: index.name.lowercased, noarch: index.noarch, paths: paths, entryPoints: try entryPoints(index),
            aboutTime: aboutTime,
            needsInfoPart: hasOtherFiles || paths.hasSource(beginningWith: PackageInfo.folder))
    }

    /// What is needed to see whether a plan can be made, without carrying it out.
    ///
    /// - Throws: as `metadata`, of the same packages.
    func outline() throws -> PackageOutline {
        let index = try requiredIndex()
        let table = try texts[.paths].map { try PathTable($0, budget: budget) } ?? PathTable(try legacyPaths())
        return PackageOutline(
            name: index.name.lowercased, noarch: index.noarch, table: table, entryPoints: try entryPoints(index))
    }

    private func requiredIndex() throws -> PackageRecord {
        guard let index else { throw Failure("it has no info/index.json") }
        return index
    }

    private func legacyPaths() throws -> [PackagePath] {
        guard let files = texts[.files] else { throw Failure("it has neither info/paths.json nor info/files") }
        let legacy = LegacyPaths(
            files: files, hasPrefix: texts[.hasPrefix], noLink: texts[.noLink], noSoftlink: texts[.noSoftlink])
        return try legacy.paths(budget: budget) { kinds[$0] }
    }

    private func entryPoints(_ index: PackageRecord) throws -> [EntryPoint] {
        guard index.noarch == .python, let text = texts[.link] else { return [] }
        return try LinkJSON.entryPoints(text, budget: budget)
    }
}
