import Archive
import CondaModel
import Support

/// What a package says of itself in `info/`, as far as an installation needs it (docs/spec/install.md#info).
struct PackageMetadata: Sendable {
    /// The name in index.json, in lower case. Files that lost a conflict are put into a folder of this name.
    let name: CondaName
    /// The noarch kind in index.json, which decides about Python handling (docs/spec/install.md#which-are-noarch).
    let noarch: NoArch
    let paths: PackagePaths
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
        try PackageInfo.read(source, try source.archive(), scratch: scratch, budget: budget).metadata()
    }

    /// The same for callers that only want to look: of a `.tar.bz2` about `limit` bytes at most are decoded.
    ///
    /// - Returns: nil if the metadata is behind the limit.
    static func read(_ source: PackageSource, scratch: DecoderScratch, limit: Int64) throws -> PackageMetadata? {
        try PackageInfo.read(source, try source.archive(), scratch: scratch, limit: limit)?.metadata()
    }
}
