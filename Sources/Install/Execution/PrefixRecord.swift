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

    private struct Row {
        let path: ByteString
        let kind: String
        let result: PathResult
        let planned: PlannedPath?
    }

    /// The text of the record.
    func render() -> [UInt8] {
        let rows = self.rows()
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
            writer.array { writer in for row in rows { writer.value(PrefixRecord.withSlashes(row.path)) } }
            writer.key("paths_data")
            writer.object { writer in
                writer.member("paths_version", Optional(1))
                writer.key("paths")
                writer.array { writer in for row in rows { write(row, to: &writer) } }
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

    private func rows() -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(results.count + entryPoints.count)
        for (planned, result) in zip(plan.paths, results) where result.state != .skipped {
            rows.append(
                Row(
                    path: planned.recorded, kind: planned.path.kind.rawValue,
                    result: result, planned: planned))
        }
        for (planned, result) in zip(plan.entryPoints, entryPoints) {
            rows.append(
                Row(path: planned.target.bytes, kind: "unix_python_entry_point", result: result, planned: nil))
        }
        // The sort is stable: a file comes before the entry point that replaced it.
        return rows.enumerated().sorted { left, right in
            if RelativePath.isOrdered(left.element.path, before: right.element.path) { return true }
            if RelativePath.isOrdered(right.element.path, before: left.element.path) { return false }
            return left.offset < right.offset
        }.map(\.element)
    }

    /// A path as records write it.
    static func written(_ path: PrefixPath) -> ByteString { withSlashes(path.bytes) }

    private static func withSlashes(_ path: ByteString) -> ByteString {
        guard path.bytes.contains(UInt8(ascii: "\\")) else { return path }
        return ByteString(path.bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 })
    }

    private func write(_ row: Row, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("_path")
            writer.value(PrefixRecord.withSlashes(row.path))
            if let lost = row.planned?.lost {
                writer.key("original_path")
                writer.value(PrefixRecord.withSlashes(lost.bytes))
            }
            writer.member("path_type", row.kind)
            guard let path = row.planned?.path else {
                writer.member("sha256", row.result.digest?.hex)
                writer.member("size_in_bytes", Optional(row.result.size))
                return
            }
            if path.noLink {
                writer.key("no_link")
                writer.value(true)
            }
            if path.kind == .directory { return }
            writer.member("sha256", path.sha256?.hex)
            if let digest = row.result.digest, digest != path.sha256 { writer.member("sha256_in_prefix", digest.hex) }
            let size = path.placeholder == nil ? path.size ?? row.result.size : row.result.size
            writer.member("size_in_bytes", Optional(size))
            guard let placeholder = path.placeholder else { return }
            writer.member("file_mode", placeholder.mode.rawValue)
            writer.key("prefix_placeholder")
            writer.value(placeholder.text)
        }
    }
}
