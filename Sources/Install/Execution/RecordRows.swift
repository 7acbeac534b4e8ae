import Support

/// The two long lists of a package's record, `files` and `paths_data`. An environment has a hundred thousand rows of each: those of
/// plain files are written as text, straight from the plan's arrays, all others value by value.
struct RecordRows {
    let plan: PackagePlan
    let results: [PathResult]
    let entryPoints: [PathResult]

    /// A path of the plan by its index; entry points are counted behind the paths.
    typealias Row = Int32

    /// The rows in the order of records: a file comes before the entry point that replaced it.
    func sorted() -> [Row] {
        var rows: [Row] = []
        rows.reserveCapacity(results.count + entryPoints.count)
        for (index, result) in results.enumerated() where result.state != .skipped { rows.append(Row(index)) }
        // Most packages list their paths in this order.
        if !isSorted(rows) { rows = sorted(rows) }
        let scripts = entryPoints.indices.map { Row(plan.paths.count + $0) }
        for row in sorted(scripts) { rows.insert(row, at: end(of: row, in: rows)) }
        return rows
    }

    private func isSorted(_ rows: [Row]) -> Bool {
        var (last, next): ([UInt8], [UInt8]) = ([], [])
        var scratch: [UInt8] = []
        for row in rows {
            next.removeAll(keepingCapacity: true)
            withPath(row, &scratch) { next.append(contentsOf: $0) }
            let isOrdered = next.withUnsafeBufferPointer { next in
                last.withUnsafeBufferPointer { !RelativePath.isOrdered(next, before: $0) }
            }
            if !isOrdered { return false }
            swap(&last, &next)
        }
        return true
    }

    private func sorted(_ rows: [Row]) -> [Row] {
        let paths = rows.map { path($0) }
        let order = rows.indices.sorted { left, right in
            if RelativePath.isOrdered(paths[left], before: paths[right]) { return true }
            return rows[left] < rows[right] && !RelativePath.isOrdered(paths[right], before: paths[left])
        }
        return order.map { rows[$0] }
    }

    /// The first place in sorted rows whose path comes behind that of `row`.
    private func end(of row: Row, in rows: [Row]) -> Int {
        let new = path(row)
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if RelativePath.isOrdered(new, before: path(rows[middle])) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The path as records have it, but for backslashes.
    private func path(_ row: Row) -> ByteString {
        let index = Int(row)
        return index < plan.paths.count
            ? plan.paths.recorded(index) : plan.entryPoints[index - plan.paths.count].target.bytes
    }

    /// Calls `body` with the bytes of `path(row)`.
    private func withPath<Result>(
        _ row: Row, _ scratch: inout [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let index = Int(row)
        if index < plan.paths.count, plan.paths.areUsual {
            return plan.paths.withUsualTarget(index, scratch: &scratch, body)
        }
        return path(row).bytes.withUnsafeBufferPointer(body)
    }

    // MARK: Text

    func writeFiles(_ rows: [Row], to writer: inout JSONWriter) {
        var scratch: [UInt8] = []
        for row in rows {
            withPath(row, &scratch) { path in
                if JSONWriter.isPlain(path) {
                    writer.element { $0.append(quoted: path) }
                } else {
                    writer.value(PrefixRecord.withSlashes(ByteString(path)))
                }
            }
        }
    }

    func writePaths(_ rows: [Row], to writer: inout JSONWriter) {
        var scratch: [UInt8] = []
        for row in rows {
            let index = Int(row)
            let isWritten = withPath(row, &scratch) { path in
                guard index < plan.paths.count, plan.paths.isUsual(index), JSONWriter.isPlain(path) else {
                    return false
                }
                writer.element { append(index, path, to: &$0) }
                return true
            }
            if !isWritten { write(row, to: &writer) }
        }
    }

    /// A row of a path that is recorded with nothing but its kind, hashes and size.
    private func append(_ index: Int, _ path: UnsafeBufferPointer<UInt8>, to text: inout JSONText) {
        let paths = plan.paths.paths
        text.append("{\n        \"_path\": ")
        text.append(quoted: path)
        switch paths.kind(index) {
        case .directory: return text.append(",\n        \"path_type\": \"directory\"\n      }")
        case .hardlink: text.append(",\n        \"path_type\": \"hardlink\"")
        case .softlink: text.append(",\n        \"path_type\": \"softlink\"")
        }
        let digest = paths.digest(index)
        if let digest {
            text.append(",\n        \"sha256\": ")
            text.append(digest)
        }
        if let found = results[index].digest, found != digest {
            text.append(",\n        \"sha256_in_prefix\": ")
            text.append(found)
        }
        text.append(",\n        \"size_in_bytes\": ")
        text.append(paths.size(index) ?? results[index].size)
        text.append("\n      }")
    }

    private func write(_ row: Row, to writer: inout JSONWriter) {
        let index = Int(row)
        writer.object { writer in
            writer.key("_path")
            writer.value(PrefixRecord.withSlashes(path(row)))
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
