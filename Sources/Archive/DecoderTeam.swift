import Support

/// What the decoders of several workers share: hands that are free and memory for blocks of bzip2.
public final class DecoderTeam: Sendable {
    /// Workers without work of their own.
    public let spareHands: SpareHands?
    let bzip2Slots = Bzip2Slots()

    public init(spareHands: SpareHands? = nil) { self.spareHands = spareHands }
}
