import Support

/// What the decoders of several workers share: idle workers, and memory for bzip2 blocks.
public final class DecoderTeam: Sendable {
    /// Workers that have no work of their own left.
    public let idleWorkers: IdleWorkers?
    let bzip2BlockBuffers = Bzip2BlockBuffers()

    public init(idleWorkers: IdleWorkers? = nil) { self.idleWorkers = idleWorkers }
}
