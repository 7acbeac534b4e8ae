import Support

extension OpenPack {
    /// Writes the plain tar of the pack to a file, or to standard output for `-`.
    ///
    /// - Returns: its size in bytes.
    /// - Throws: `Failure` naming the file; a pack that is a directory or comes from a pipe has no tar to give.
    @discardableResult
    public func extractTar(to target: ByteString) throws -> Int64 {
        guard let tar else {
            throw Failure(
                "'\(reader.path)' is not a file with a tar in it", remedy: "Name a tar or a self-extracting pack.")
        }
        if image != nil {
            throw Failure(
                "'\(reader.path)' holds an image, not a tar", remedy: "Mount it: sh FILE mount DIR.")
        }
        if target == "-" {
            try describing(
                "could not write the tar to standard output",
                remedy: "Look whether the reader is still there, or write to a file with room."
            ) {
                try tar.forEachChunk(size: 1 << 20) { try Sys.writeAll(1, $0) }
            }
        } else {
            let pending = try PendingFile(target: target)
            try describingWriting(of: target) { try tar.copy(to: pending.file.descriptor, at: 0) }
            try pending.commit()
        }
        return tar.length
    }
}
