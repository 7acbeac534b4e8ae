import Archive
import Support

/// What one worker thread works with: its access to the prefix, its decoders and its output buffer, reused from step to
/// step.
final class InstallWorker {
    public let session: PrefixSession
    let scratch: DecoderScratch
    let buffer = OutputBuffer()

    init(session: PrefixSession, scratch: DecoderScratch) {
        self.session = session
        self.scratch = scratch
    }
}

/// A piece of an installation one worker does alone: a package, a wheel.
protocol InstallStep: Sendable {
    /// What it is called in messages and progress.
    var name: String { get }
    /// Bytes to read.
    var size: Int64 { get }
    /// How long it takes, in bytes of a `.conda` that take as long: dearer steps begin earlier.
    var cost: Int64 { get }
    /// Does it.
    func run(_ worker: InstallWorker) throws
}

extension InstallStep {
    public var cost: Int64 { size }
}
