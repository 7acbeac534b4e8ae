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

    /// A path of the plan by its index; entry points are counted behind the paths.
    private typealias Row = Int32

    /// The text of the record.
    func render() -> [UInt8] {
        let paths =
            plan.paths.indices.map { results[$0].state == .skipped ? ByteString() : plan.paths.recorded($0) }
            + plan.entryPoints.map(\.target.bytes)
        let rows = rows(paths)
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
            writer.array { writer in for row in rows { writer.value(PrefixRecord.withSlashes(paths[Int(row)])) } }
            writer.key("paths_data")
            writer.object { writer in
                writer.member("paths_version", Optional(1))
                writer.key("paths")
                writer.array { writer in for row in rows { write(row, paths[Int(row)], to: &writer) } }
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

    private func rows(_ paths: [ByteString]) -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(results.count + entryPoints.count)
        for (index, result) in results.enumerated() where result.state != .skipped { rows.append(Row(index)) }
        for index in entryPoints.indices { rows.append(Row(plan.paths.count + index)) }
        // Most packages list their paths in this order.
        let isSorted = zip(rows, rows.dropFirst()).allSatisfy {
            !RelativePath.isOrdered(paths[Int($1)], before: paths[Int($0)])
        }
        if isSorted { return rows }
        // Of equal paths a file comes before the entry point that replaced it.
        return rows.sorted { left, right in
            let (leftPath, rightPath) = (paths[Int(left)], paths[Int(right)])
            if RelativePath.isOrdered(leftPath, before: rightPath) { return true }
            return left < right && !RelativePath.isOrdered(rightPath, before: leftPath)
        }
    }

    /// A path as records write it.
    static func written(_ path: PrefixPath) -> ByteString { withSlashes(path.bytes) }

    private static func withSlashes(_ path: ByteString) -> ByteString {
        let backslash = UInt8(ascii: "\\")
        guard path.bytes.withUnsafeBytes({ ByteSearch.find(backslash, in: $0, from: 0) }) != nil else { return path }
        return ByteString(path.bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 })
    }

    private func write(_ row: Row, _ path: ByteString, to writer: inout JSONWriter) {
        let index = Int(row)
        writer.object { writer in
            writer.key("_path")
            writer.value(PrefixRecord.withSlashes(path))
            if index < plan.paths.count {
                write(plan.paths[index], results[index], to: &writer)
            } else {
                let result = entryPoints[index - plan.paths.count]
                writer.member("path_type", "unix_python_entry_point")
                writer.member("sha256", result.digest)
                writer.member("size_in_bytes", Optional(result.size))
            }
        }
    }

    private func write(_ planned: PlannedPath, _ result: PathResult, to writer: inout JSONWriter) {
        let path = planned.path
        if let lost = planned.lost {
            writer.key("original_path")
            writer.value(PrefixRecord.withSlashes(lost.bytes))
        }
        writer.member("path_type", path.kind.rawValue)
        if path.noLink {
            writer.key("no_link")
            writer.value(true)
        }
        if path.kind == .directory { return }
        writer.member("sha256", path.sha256)
        if let digest = result.digest, digest != path.sha256 { writer.member("sha256_in_prefix", digest) }
        let size = path.placeholder == nil ? path.size ?? result.size : result.size
        writer.member("size_in_bytes", Optional(size))
        guard let placeholder = path.placeholder else { return }
        writer.member("file_mode", placeholder.mode.rawValue)
        writer.key("prefix_placeholder")
        writer.value(placeholder.text)
    }
}
