import Archive
import Support

/// An environment that is written into an image: what all workers share.
final class EnvironmentImage: Sendable {
    /// The umask for images: their files can be read by everybody, whatever the umask of the process is.
    static let umask: UInt32 = 0o022
    /// How many bytes may wait for their turn, in all parts together.
    private static let capacity = 32 << 20

    private let output: any ImageOutput
    private let streams: [ImageStream]
    /// The memory of everything that waits for its turn.
    let memory = ImageBatchMemory()
    /// Compiles its modules; nil: they are not compiled.
    let byteCode: ImageByteCode?
    private let notes = Locked<[PrefixPath: [UInt8]]>([:])

    /// The order of work: for each step its number in the list it was given in, its part and its turn there.
    let order: [(step: Int, part: Int, turn: Int)]
    /// The part, and the turn in it, of what the installation itself writes.
    let own: (part: Int, turn: Int)

    /// For each part, the time of files that have none of their own.
    private let dates: [Int64]
    /// The time for packages that do not say when they were built: the earliest one a zip archive can have.
    private static let unknownTime: Int64 = 315_532_800

    /// - Parameter steps: in the order in which they are best begun.
    init(_ output: any ImageOutput, steps: [ImageItem], workers: Int, byteCode: ImageByteCode?) {
        self.output = output
        self.byteCode = byteCode
        let parts = output.parts(of: steps)
        let count = (parts.max() ?? -1) + 1
        let ownPart = output.hasOwnPart ? count : max(0, count - 1)
        var turns = Array(repeating: 0, count: max(count, ownPart + 1))
        order = parts.enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }.map { index, part in
            defer { turns[part] += 1 }
            return (index, part, turns[part])
        }
        own = (ownPart, turns[ownPart])
        turns[ownPart] += 1
        // Hardly more parts than workers are being written at a time.
        let capacity = turns.count == 1 ? Self.capacity : Self.capacity / max(1, workers)
        var dates = Array(repeating: output.date, count: turns.count)
        if output.datesParts {
            for part in 0..<count {
                dates[part] = zip(parts, steps).compactMap { $0 == part ? $1.time : nil }.max() ?? Self.unknownTime
            }
        }
        self.dates = dates
        streams = turns.enumerated().map { part, turns in
            let date = dates[part]
            return ImageStream(
                turns: turns, capacity: capacity, open: { try output.open(part: part, date: date) },
                close: { try output.close(part: part, $0) })
        }
    }

    func date(of part: Int) -> Int64 { dates[part] }

    func stream(_ part: Int) -> ImageStream { streams[part] }

    func fail(_ error: any Error) { for stream in streams { stream.fail(error) } }

    /// Where in the image a path of the environment is.
    func place(of path: PrefixPath) -> RelativePath { output.root?.appending(path.relative) ?? path.relative }

    // MARK: Activation

    /// Files of variables are small; larger files are not kept.
    private static let mostNoted = 1 << 20
    private static let noted: [ByteString] = [
        "etc/conda/env_vars.d/", "etc/conda/activate.d/", "etc/conda/deactivate.d/",
    ]

    /// Whether the activation is made from this file.
    static func isNoted(_ path: PrefixPath) -> Bool {
        path.bytes == "conda-meta/state" || noted.contains { path.bytes.hasPrefix($0) }
    }

    func note(_ path: PrefixPath, _ bytes: UnsafeRawBufferPointer) {
        let content = bytes.count <= Self.mostNoted ? Array(bytes) : []
        notes.withLock { $0[path] = content }
    }

    /// What the packages contribute to the activation.
    func activationSources() throws -> ActivationSources {
        try ActivationSources(
            files: notes.withLock { notes in
                Dictionary(uniqueKeysWithValues: notes.map { ($0.key.bytes, $0.value) })
            })
    }
}
