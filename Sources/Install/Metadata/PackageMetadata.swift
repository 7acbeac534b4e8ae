import Archive
import CondaModel
import Support

/// What a package says of itself in `info/`, as far as an installation needs it (docs/spec/install.md#info).
struct PackageMetadata: Sendable {
    /// The name in index.json, in lower case. Files that lost a conflict are put into a folder of this name.
    let name: String
    /// The noarch kind in index.json, which decides about Python handling (docs/spec/install.md#which-are-noarch).
    let noarch: NoArch
    let paths: [PackagePath]
    let entryPoints: [EntryPoint]
    /// The modification time of `info/about.json`, if it was read.
    let aboutTime: Int64?
    /// Whether files that are installed are, or may be, in the info part of a `.conda`.
    let needsInfoPart: Bool

    /// Reads the info part of a `.conda`, or a `.tar.bz2` until everything needed was read. Packages without paths.json
    /// are read completely, as only their archive tells what kind of thing a path is.
    ///
    /// - Throws: `Failure` if something needed is missing or malformed.
    static func read(
        _ source: PackageSource, scratch: DecoderScratch, budget: MetadataBudget? = nil
    ) throws -> PackageMetadata {
        let archive = try source.archive()
        var collector = Collector(source, budget)
        let mayStop = source.kind == .tarBz2
        try archive.readEntries(.info, scratch: scratch) { entry, reader in
            try collector.take(entry, &reader)
            return mayStop && collector.isComplete ? .stop : .next
        }
        if !mayStop && (collector.texts[.paths] == nil || collector.texts[.index] == nil) {
            collector.hasOtherFiles = true
            try archive.readEntries(.payload, scratch: scratch) { entry, reader in
                try collector.take(entry, &reader)
                return .next
            }
        }
        return try collector.metadata()
    }

    /// The same for callers that only want to look: of a `.tar.bz2` about `limit` bytes at most are decoded.
    ///
    /// - Returns: nil if the metadata is behind the limit.
    static func read(_ source: PackageSource, scratch: DecoderScratch, limit: Int64) throws -> PackageMetadata? {
        guard source.kind == .tarBz2 else { return try read(source, scratch: scratch) }
        var collector = Collector(source, nil)
        let start = scratch.decodedBytes
        var isWithin = true
        try source.archive().readEntries(.info, scratch: scratch) { entry, reader in
            isWithin = scratch.decodedBytes &- start &+ entry.size <= limit
            if !isWithin { return .stop }
            try collector.take(entry, &reader)
            return collector.isComplete ? .stop : .next
        }
        return isWithin ? try collector.metadata() : nil
    }

    /// The files in `info/` that are read.
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

    private static let infoFolder: ByteString = "info/"
    private static let about: ByteString = "info/about.json"

    private struct Collector {
        var texts: [InfoFile: [UInt8]] = [:]
        var aboutTime: Int64?
        /// Whether something outside of `info/` was read.
        var hasOtherFiles = false
        private var index: PackageRecord?
        /// What the archive has at each path; not kept once it is known that paths.json exists.
        private var kinds: [RelativePath: PackagePath.Kind] = [:]
        private let budget: MetadataBudget
        /// How many more bytes the package's texts may have.
        private var textLeft: Int64

        init(_ source: PackageSource, _ budget: MetadataBudget?) {
            let packed = source.member.size
            self.budget = budget ?? MetadataBudget(packed: packed)
            textLeft = MetadataBudget.textLimit(packed: packed)
        }

        mutating func take(_ entry: TarEntry, _ reader: inout EntryReader) throws {
            if texts[.paths] == nil {
                try budget.spend(entry.path.bytes.count, fixed: 100)
                switch entry.kind {
                case .file, .hardlink: kinds[entry.path] = .hardlink
                case .symlink: kinds[entry.path] = .softlink
                case .directory: kinds[entry.path] = .directory
                }
            }
            guard entry.path.bytes.hasPrefix(PackageMetadata.infoFolder) else {
                if entry.kind != .directory { hasOtherFiles = true }
                return
            }
            guard entry.kind == .file else { return }
            if entry.path.bytes == PackageMetadata.about {
                aboutTime = entry.modificationTime
            } else if let file = InfoFile.byPath[entry.path.bytes] {
                texts[file] = try describing("could not read \(file.path)") { try reader.readAll(limit: textLeft) }
                textLeft -= entry.size
                if file == .index { index = try readIndex() }
                if file == .paths { kinds = [:] }
            }
        }

        /// Whether the rest of a `.tar.bz2` need not be read.
        var isComplete: Bool {
            guard texts[.paths] != nil, let index else { return false }
            return index.noarch != .python || texts[.link] != nil
        }

        private func readIndex() throws -> PackageRecord {
            try describing("could not read info/index.json") {
                let record = try PackageRecord(json: JSONDocument(texts[.index] ?? []).root)
                guard !record.name.isEmpty, record.name.utf8.allSatisfy(Collector.isNameByte) else {
                    throw Failure("'\(record.name)' is not a package name")
                }
                return record
            }
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            isASCIILetter(byte) || isASCIIDigit(byte) || "-_.".utf8.contains(byte)
        }

        func metadata() throws -> PackageMetadata {
            guard let index else { throw Failure("it has no info/index.json") }
            let paths: [PackagePath]
            if let text = texts[.paths] {
                paths = try PathsJSON.parse(text, budget: budget)
            } else if let files = texts[.files] {
                let legacy = LegacyPaths(
                    files: files, hasPrefix: texts[.hasPrefix], noLink: texts[.noLink], noSoftlink: texts[.noSoftlink])
                paths = try legacy.paths(budget: budget) { kinds[$0] }
            } else {
                throw Failure("it has neither info/paths.json nor info/files")
            }
            var entryPoints: [EntryPoint] = []
            if index.noarch == .python, let text = texts[.link] {
                entryPoints = try LinkJSON.entryPoints(text, budget: budget)
            }
            return PackageMetadata(
                name: index.name.lowercased(), noarch: index.noarch, paths: paths, entryPoints: entryPoints,
                aboutTime: aboutTime,
                needsInfoPart: hasOtherFiles || paths.contains { $0.source.bytes.hasPrefix(infoFolder) })
        }
    }
}
