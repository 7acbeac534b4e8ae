extension SHA256Lanes {
    /// Bytes of each slice that are read and hashed in one step.
    private static let pieceSize = 32 << 10

    private struct Job {
        let index: Int
        let slice: FileSlice
        var position: Int64 = 0
        var hasher = SHA256Hasher()

        /// Size of the next piece, in bytes.
        var nextSize: Int { Int(min(Int64(SHA256Lanes.pieceSize), slice.length - position)) }
    }

    /// The SHA-256 of many slices, or why a slice could not be read. As many are read side by side as there are lanes;
    /// it takes the least time if longer slices come first.
    ///
    /// - Parameter open: opens the slice with a number below `total`; called when it is to be read.
    /// - Throws: `Failure` if a signal asked the program to end.
    public static func digests(
        total: Int, open: (Int) throws -> FileSlice
    ) throws -> [Result<SHA256Digest, any Error>?] {
        var results = [Result<SHA256Digest, any Error>?](repeating: nil, count: total)
        var next = 0
        try forEach(
            next: {
                next += 1
                return next <= total ? next - 1 : nil
            }, open: open
        ) { results[$0] = $1 }
        return results
    }

    /// Hashes slices until `next` has no more, as many side by side as there are lanes. Several threads may share the
    /// closures.
    ///
    /// - Parameters:
    ///   - next: the number of the next slice; nil if there are no more.
    ///   - open: opens the slice with that number; called when it is to be read.
    ///   - end: called with the digest of a slice, or why it could not be read.
    /// - Throws: `Failure` if a signal asked the program to end.
    public static func forEach(
        next: () -> Int?, open: (Int) throws -> FileSlice, end: (Int, Result<SHA256Digest, any Error>) -> Void
    ) throws {
        let width = max(1, count)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize * width, alignment: 4096)
        defer { buffer.deallocate() }
        var jobs: [Job] = []
        var isMore = true
        while true {
            try Interruption.check()
            while isMore, jobs.count < width {
                guard let index = next() else {
                    isMore = false
                    break
                }
                do {
                    jobs.append(Job(index: index, slice: try open(index)))
                } catch {
                    end(index, .failure(error))
                }
            }
            if jobs.isEmpty { return }
            advance(&jobs, buffer, end)
        }
    }

    /// Hashes a piece of each job, and removes the jobs that are complete.
    private static func advance(
        _ jobs: inout [Job], _ buffer: UnsafeMutableRawBufferPointer,
        _ end: (Int, Result<SHA256Digest, any Error>) -> Void
    ) {
        var whole: [Int] = []
        var pieces: [UnsafeRawBufferPointer] = []
        var ended: Set<Int> = []
        for place in jobs.indices {
            let size = jobs[place].nextSize
            let start = place * pieceSize
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<(start + size)])
            do {
                try jobs[place].slice.readFully(at: jobs[place].position, into: piece)
            } catch {
                end(jobs[place].index, .failure(error))
                ended.insert(place)
                continue
            }
            jobs[place].position += Int64(size)
            if size == pieceSize {
                whole.append(place)
                pieces.append(UnsafeRawBufferPointer(piece))
            } else {
                jobs[place].hasher.update(UnsafeRawBufferPointer(piece))
            }
        }
        var hashers = whole.map { jobs[$0].hasher }
        update(&hashers, pieces)
        for (place, hasher) in zip(whole, hashers) { jobs[place].hasher = hasher }
        for place in jobs.indices where jobs[place].nextSize == 0 && !ended.contains(place) {
            end(jobs[place].index, .success(jobs[place].hasher.finish()))
            ended.insert(place)
        }
        if !ended.isEmpty { jobs = jobs.indices.filter { !ended.contains($0) }.map { jobs[$0] } }
    }
}
