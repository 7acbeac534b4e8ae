import Archive
import Support

/// Compares the files of a wheel with its own RECORD.
public enum WheelRecordCheck {
    /// - Returns: a line for everything that differs from RECORD.
    /// - Throws: `Failure` if the file is not a readable wheel.
    public static func problems(in wheel: FileSlice, scratch: DecoderScratch) throws -> [Message] {
        let members = try WheelMembers(try ZipReader(wheel).entries)
        let folder = try members.metadataDirectory()
        guard let entry = members.entry(folder.appending(try RelativePath("RECORD"))) else {
            throw Failure("it has no RECORD")
        }
        let rows = try WheelRecord(parsing: try entry.contents(scratch: scratch)).rows
        var expected: [Int: [SHA256Digest]] = [:]
        var problems: [Message] = []
        for row in rows {
            guard let file = members.position(named: row.path) else {
                problems.append("'\(row.path)' is missing")
                continue
            }
            if let digest = row.sha256 { expected[file, default: []].append(digest) }
        }
        for (index, (path, entry)) in members.files.enumerated() {
            var hasher = SHA256Hasher()
            do {
                // Reading checks the CRC of the archive as well.
                try entry.forEachBlock(scratch: scratch) { hasher.update($0) }
            } catch {
                problems.append("\(error)")
                continue
            }
            let found = hasher.finish()
            if let digests = expected[index], let first = digests.first, !digests.contains(found) {
                problems.append("'\(path)' has the SHA-256 \(found.hex), RECORD says \(first.hex)")
            }
        }
        return problems
    }
}

extension WheelPlan {
    /// The files of the wheel whose hash differs from RECORD, sorted. Some makers sign files after RECORD was written.
    ///
    /// - Parameter readsAll: read all files, else only those whose size is another one than RECORD says, as signatures
    ///   make it.
    /// - Throws: `Failure` if a file cannot be read.
    public func unlikeRecord(readsAll: Bool, scratch: DecoderScratch) throws -> [ByteString] {
        var found: [ByteString] = []
        for file in files {
            guard let expected = file.expected, let entry = file.entry else { continue }
            let size = file.row.flatMap { record.rows[$0].size }
            if !readsAll, size.map({ $0 == UInt64(clamping: entry.size) }) ?? true { continue }
            try Interruption.check()
            var hasher = SHA256Hasher()
            try entry.forEachBlock(scratch: scratch) { hasher.update($0) }
            if expected != hasher.finish() { found.append(entry.name) }
        }
        return found.sorted()
    }
}
