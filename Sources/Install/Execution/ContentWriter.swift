import Archive
import Support

/// Puts the content of an archive's file into the prefix, changed or not.
struct ContentWriter {
    let context: InstallContext
    let worker: InstallWorker
    /// What the package may unpack to, counted from `start` on; nil: what the budget of the scratch allows.
    var limit: Int64?
    var start: Int64 = 0

    /// A file as it is. Hashed only where the metadata has no hash.
    func writeVerbatim(_ planned: PlannedPath, mode: UInt32, time: Int64, _ reader: inout EntryReader) throws
        -> PathResult
    {
        let needsHash = planned.path.sha256 == nil
        let state: PathResult.State = planned.isOverridden ? .overridden : .verbatim
        if planned.isOverridden && !needsHash {
            return PathResult(state: state, size: UInt64(max(0, reader.size)))
        }
        let file = try open(planned, mode: mode)
        let first = try reader.nextBlock()
        if let first, Int64(first.count) == reader.size, !needsHash {
            // Most files: in one block and written as one.
            try file.write(first)
            try file.finish(time: time)
            return PathResult(state: state, size: UInt64(first.count))
        }
        var sink = FileSink(file, buffer: worker.buffer, hashing: needsHash)
        if let first { try sink.append(first) }
        while let block = try reader.nextBlock() { try sink.append(block) }
        let size = sink.size
        return PathResult(state: state, digest: try sink.finish(time: time), size: size)
    }

    /// A file with its placeholder replaced (docs/spec/install.md#text-placeholders, #binary-placeholders).
    func writePatched(
        _ planned: PlannedPath, _ placeholder: PackagePath.Placeholder, mode: UInt32, time: Int64?,
        _ reader: inout EntryReader
    ) throws -> PathResult {
        var sink = FileSink(try open(planned, mode: mode), buffer: worker.buffer, hashing: true)
        try describing("could not adapt '\(planned.path.source)' to the environment") {
            switch placeholder.mode {
            case .text:
                var patcher = TextPatcher(
                    placeholder: placeholder.text, prefix: context.prefix, platform: context.platform)
                // A short placeholder makes much of little.
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
                var patcher = try BinaryPatcher(placeholder: placeholder.text, prefix: context.prefix)
                while let block = try reader.nextBlock() { try patcher.update(block) { try sink.append($0) } }
                try patcher.finish { try sink.append($0) }
            }
        }
        let size = sink.size
        return PathResult(
            state: planned.isOverridden ? .overridden : .made, digest: try sink.finish(time: time), size: size)
    }

    /// What is added to the bytes that were read counts as if it had been in the package.
    private func count(_ written: UInt64, of read: Int, _ counted: inout Int) throws {
        let added = Int(clamping: written) - read - counted
        guard added > 0 else { return }
        counted += added
        try worker.scratch.count(added, from: start, limit: limit)
    }

    private func open(_ planned: PlannedPath, mode: UInt32) throws -> PrefixFile {
        planned.isOverridden
            ? PrefixFile.discarding(planned.target) : try worker.session.create(planned.target, mode: mode)
    }
}
