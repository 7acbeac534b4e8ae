import Archive
import Support

/// Writes what is in an image into a folder.
public enum ImageExtraction {
    /// - Parameters:
    ///   - folder: an existing empty one.
    ///   - umask: permission bits that folders do not get, and files not for writing.
    /// - Throws: `Failure` naming the file that could not be written.
    public static func run(
        _ image: any ImageInput, into folder: ByteString, umask: UInt32, pool: WorkerPool, reporter: any Reporter
    ) throws {
        let entries = image.entries
        let writer = try PrefixWriter(folder, umask: umask)
        let sizes = entries.map { entry -> Int64 in if case .file(let size) = entry.kind { size } else { 0 } }
        let groups = parts(of: image.groups, sizes)
        reporter.progress(
            .phaseBegan(name: "Unpacking", items: groups.count, bytes: sizes.reduce(0) { $0 &+ $1 }))
        defer { reporter.progress(.phaseEnded) }
        let first = writer.session()
        for entry in entries where entry.kind == .directory { try first.makeDirectory(PrefixPath(entry.path)) }
        let workers = try (0..<pool.width).map { _ in
            Worker(contents: try image.makeContents(), session: writer.session())
        }
        try pool.forEach(count: groups.count) { index, number in
            let worker = workers[number]
            let group = groups[index]
            let bytes = group.reduce(0) { $0 &+ sizes[$1] }
            reporter.progress(.itemBegan(id: index, name: "\(entries[group[0]].path)", bytes: bytes))
            for place in group { try worker.write(entries[place], place) }
            reporter.progress(.itemAdvanced(id: index, bytes: bytes))
            reporter.progress(.itemEnded(id: index))
        }
        for entry in entries {
            switch entry.kind {
            case .directory, .file: break
            case .symlink(let target):
                try first.makeSymbolicLink(PrefixPath(entry.path), target: target, time: entry.time)
            case .hardlink(let existing): try first.makeHardLink(PrefixPath(entry.path), to: PrefixPath(existing))
            }
        }
    }

    /// Joins small neighbours: a step for each file would cost more than the file.
    private static func parts(of groups: [[Int]], _ sizes: [Int64]) -> [[Int]] {
        var parts: [[Int]] = []
        var bytes: Int64 = 0
        for group in groups where !group.isEmpty {
            let size = group.reduce(0) { $0 &+ sizes[$1] }
            if group.count == 1, let last = parts.last, last.count < 64, bytes &+ size < 4 << 20, bytes >= 0 {
                parts[parts.count - 1] += group
                bytes += size
            } else {
                parts.append(group)
                // Files that share a block are a step of their own.
                bytes = group.count == 1 ? size : -1
            }
        }
        return parts
    }

    /// What belongs to one thread.
    private struct Worker: @unchecked Sendable {
        let contents: any ImageContents
        let session: PrefixSession

        func write(_ entry: ImageEntry, _ place: Int) throws {
            let file = try session.create(PrefixPath(entry.path), mode: entry.mode)
            try describing("could not read '\(entry.path)' of the image") {
                try contents.read(place) { try file.write($0) }
            }
            try file.finish(time: entry.time)
        }
    }
}
