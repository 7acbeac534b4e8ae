import CondaModel
import Support

/// `conda-meta/<name>-<version>-<build>.json`: what is installed of a package, and where it comes from
/// (docs/spec/install.md#conda-meta).
struct PrefixRecord {
    let plan: PackagePlan
    let results: [PathResult]
    /// The hash and size of the package's entry points, in the order of the plan.
    let entryPoints: [PathResult]
    /// The absolute path of the pack.
    let origin: ByteString
    let linkType: LinkType

    /// Where the record goes.
    func path() throws -> PrefixPath { try PrefixRecord.path(of: plan.source) }

    static func path(of source: PackageSource) throws -> PrefixPath {
        try PrefixPath(ByteString("conda-meta/\(source.identity).json"))
    }

    /// The text of the record.
    func render() -> [UInt8] {
        let lists = RecordRows(plan: plan, results: results, entryPoints: entryPoints)
        let rows = lists.sorted()
        var writer = JSONWriter(reserving: 2048 + rows.count * 512)
        writer.object { writer in
            plan.source.record.writeMembers(to: &writer)
            writer.member("fn", plan.source.fileName)
            let home = plan.source.origin(in: origin)
            writer.member("url", home.url)
            writer.member("channel", home.channel)
            let folder = origin.appending(path: ByteString("cache/\(plan.source.identity)"))
            writer.key("extracted_package_dir")
            writer.value(folder)
            writer.key("requested_specs")
            writer.array { _ in }
            writer.key("files")
            writer.array { lists.writeFiles(rows, to: &$0) }
            writer.key("paths_data")
            writer.object { writer in
                writer.member("paths_version", Optional(1))
                writer.key("paths")
                writer.array { lists.writePaths(rows, to: &$0) }
            }
            writer.key("link")
            writer.object { writer in
                writer.key("source")
                writer.value(folder)
                writer.member("type", Optional(linkType.rawValue))
            }
        }
        return writer.bytes
    }

    /// A path as records write it.
    static func written(_ path: PrefixPath) -> ByteString { withSlashes(path.bytes) }

    static func withSlashes(_ path: ByteString) -> ByteString {
        let backslash = UInt8(ascii: "\\")
        guard path.bytes.withUnsafeBytes({ ByteSearch.find(backslash, in: $0, from: 0) }) != nil else { return path }
        return ByteString(path.bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 })
    }
}
