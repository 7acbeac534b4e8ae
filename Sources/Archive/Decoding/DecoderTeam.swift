import Support

/// What the decoders of several workers share: hands that are free and memory for blocks of bzip2.
public final class DecoderTeam: Sendable {
    /// Workers without work of their own.
    public let idleWorkers: IdleWorkers?
    let bzip2BlockBuffers = Bzip2BlockBuffers()

    public init(idleWorkers: IdleWorkers? = nil) { self.idleWorkers = idleWorkers }
}
