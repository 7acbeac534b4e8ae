import CondaModel
import LibC
import Support

/// Copies a file of this machine to a sink and verifies it on the way.
struct LocalSource {
    let file: File
    let size: Int64
    /// Who else could change it while it is read; nil: it belongs to us or to root.
    let stranger: String?

    /// - Throws: `Failure` naming the path if there is no regular file.
    init(_ file: File) throws {
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure("'\(file.path)' is not a regular file", remedy: "Restore the file, or lock again.")
        }
        self.file = file
        size = Int64(status.st_size)
        stranger = Ownership.isTrusted(status) ? nil : Ownership.owner(status)
    }

    private static let chunkSize = 1 << 20

    /// Brings all bytes to the sink of `request` and, if given, to a cache entry.
    ///
    /// - Returns: how the file differs from what the lock file wants; nil: it is right.
    func copy(
        _ request: FetchRequest, alsoTo entry: CacheEntryWriter?, reporter: any Reporter,
        isCancelled: () -> Bool
    ) throws -> HashMismatch? {
        reporter.progress(.itemSized(id: request.id, bytes: size))
        var position: Int64 = 0
        var mismatch: HashMismatch?
        var isWhole = false
        // A copy that failed does not count: the file comes from elsewhere then.
        defer {
            if !isWhole || mismatch != nil {
                reporter.progress(.itemAdvanced(id: request.id, bytes: -position))
                if let size = request.file.size { reporter.progress(.itemSized(id: request.id, bytes: size)) }
            }
        }
        var verifier = ContentVerifier(request.file.digests)
        // In the kernel only if it fits exactly: more bytes would run into what follows. Another's file could have other
        // bytes by then than those that were looked at.
        var raw = request.file.size == size && stranger == nil ? request.sink.destination : nil
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: LocalSource.chunkSize, alignment: 4096)
        defer { buffer.deallocate() }
        let slice = FileSlice(file: file, offset: 0, length: size)
        while position < size {
            if isCancelled() { throw Cancelled() }
            try SinkError.wrapping { try Interruption.check() }
            let count = try slice.read(at: position, into: buffer)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            verifier.update(bytes)
            if let (descriptor, offset) = raw,
                !copyInKernel(at: position, count: count, to: descriptor, at: offset + position)
            {
                raw = nil
            }
            if raw == nil { try SinkError.wrapping { try request.sink.write(bytes, at: position) } }
            try entry?.write(bytes, at: position)
            position += Int64(count)
            reporter.progress(.itemAdvanced(id: request.id, bytes: Int64(count)))
        }
        mismatch = verifier.finish()
        isWhole = true
        return mismatch
    }

    /// False where the system cannot do it; the caller then writes the bytes itself.
    private func copyInKernel(at position: Int64, count: Int, to descriptor: Int32, at offset: Int64) -> Bool {
        var done: Int64 = 0
        while done < Int64(count) {
            guard
                let copied = try? Sys.copyRange(
                    from: file.descriptor, at: position + done, to: descriptor, at: offset + done,
                    count: Int64(count) - done), copied > 0
            else { return false }
            done += copied
        }
        return true
    }
}
