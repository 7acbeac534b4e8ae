import Archive

/// The tools of one worker thread: its access to the prefix, its decoders and its output buffer. They are reused from
/// step to step.
final class InstallWorker {
    let session: any EnvironmentSession
    let scratch: DecoderScratch
    let buffer = OutputBuffer()

    init(session: any EnvironmentSession, scratch: DecoderScratch) {
        self.session = session
        self.scratch = scratch
    }
}
