import Archive
import Support

/// Writes the content of an archive's file into the prefix, as it is or with its placeholder replaced.
struct ContentWriter {
    let context: InstallContext
    let worker: InstallWorker
    /// The most bytes the package may unpack to, counted from `start`; nil: what the budget of the scratch allows.
    var limit: Int64?
    var start: Int64 = 0

    /// Writes a file as it is. It is hashed only if the metadata has no hash.
    func writeVerbatim(_ planned: PlannedPath, mode: UInt32, time: Int64, _ reader: inout EntryReader) throws
        -> PathResult
    {
        let needsHash = planned.path.sha256 == nil
        let state: PathResult.State = planned.isOverridden ? .overridden : .verbatim
        if planned.isOverridden && !needsHash {
            return PathResult(state: state, size: UInt64(max(0, reader.size)))
        }
        if !needsHash && !planned.isOverridden {
            return try writeVerbatim(planned.target, mode: mode, time: time, &reader)
        }
        let file = try open(planned, mode: mode, size: reader.size, time: time)
        let first = try reader.nextBlock()
        var sink = FileSink(file, buffer: worker.buffer, hashing: needsHash)
        if let first { try sink.append(first) }
        while let block = try reader.nextBlock() { try sink.append(block) }
        let size = sink.size
        return PathResult(state: state, digest: try sink.finish(time: time), size: size)
    }

    /// Writes a file as it is, whose hash is in the metadata.
    func writeVerbatim(_ target: PrefixPath, mode: UInt32, time: Int64, _ reader: inout EntryReader) throws
        -> PathResult
    {
        let file = try worker.session.create(target, mode: mode, size: reader.size, time: time, appears: .atOnce)
        let first = try reader.nextBlock()
        if let first, Int64(first.count) == reader.size {
            // Most files come in one block and are written with one call.
            try file.write(first)
            try file.finish(time: time)
            return PathResult(state: .verbatim, size: UInt64(first.count))
        }
        var sink = FileSink(file, buffer: worker.buffer, hashing: false)
        if let first { try sink.append(first) }
        while let block = try reader.nextBlock() { try sink.append(block) }
        let size = sink.size
        _ = try sink.finish(time: time)
        return PathResult(state: .verbatim, size: size)
    }

    /// Writes a file with its placeholder replaced (docs/spec/install.md#text-placeholders,
    /// docs/spec/install.md#binary-placeholders).
    func writePatched(
        _ planned: PlannedPath, _ placeholder: PackagePath.Placeholder, mode: UInt32, time: Int64?,
        _ reader: inout EntryReader
    ) throws -> PathResult {
        var sink = FileSink(try open(planned, mode: mode, time: time), buffer: worker.buffer, hashing: true)
        try describing("could not adapt '\(planned.path.source)' to the environment") {
            switch placeholder.mode {
            case .text:
                var patcher = TextPatcher(
                    placeholder: placeholder.text, prefix: context.prefix.path, platform: context.platform,
                    followsOriginal: context.followsOriginal, isElsewhere: context.prefix.isNamed)
                // Replacing a short placeholder can make a file much larger.
                var (read, counted) = (0, 0)
                while let block = try reader.nextBlock() {
                    read += block.count
                    try patcher.update(block) {
                        try sink.append($0)
                        try count(sink.size, of: read, &counted)
                    }
                }
                try patcher.finish {
                    try sink.append($0)
                    try count(sink.size, of: read, &counted)
                }
            case .binary where context.platform.isWindows:
                while let block = try reader.nextBlock() { try sink.append(block) }
            case .binary:
                var patcher = try BinaryPatcher(placeholder: placeholder.text, prefix: context.prefix.path)
                if context.followsOriginal {
                    while let block = try reader.nextBlock() { try patcher.update(block) { try sink.append($0) } }
                    try patcher.finish { try sink.append($0) }
                    break
                }
                var wide = WideStringPatcher(placeholder: placeholder.text, prefix: context.prefix.path)
                while let block = try reader.nextBlock() {
                    try patcher.update(block) { part in try wide.update(part) { try sink.append($0) } }
                }
                try patcher.finish { part in try wide.update(part) { try sink.append($0) } }
                try wide.finish { try sink.append($0) }
            }
        }
        let size = sink.size
        return PathResult(
            state: planned.isOverridden ? .overridden : .made, digest: try sink.finish(time: time), size: size)
    }

    /// Bytes that replacing has added count like bytes that were decoded.
    private func count(_ written: UInt64, of read: Int, _ counted: inout Int) throws {
        let added = Int(clamping: written) - read - counted
        guard added > 0 else { return }
        counted += added
        try worker.scratch.count(added, from: start, limit: limit)
    }

    private func open(
        _ planned: PlannedPath, mode: UInt32, size: Int64? = nil, time: Int64?
    ) throws -> PrefixFile {
        planned.isOverridden
            ? PrefixFile.discarding(planned.target)
            : try worker.session.create(planned.target, mode: mode, size: size, time: time, appears: .atOnce)
    }
}
