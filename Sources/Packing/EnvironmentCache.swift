import Install
import LibC
import Support

/// Environments that were unpacked only to run something in them: one directory for each content of a pack.
struct EnvironmentCache: Sendable {
    /// `$XDG_CACHE_HOME/pixi-pack/environments`, in `~/.cache` when that is not set.
    let directory: ByteString

    /// - Throws: `Failure` when neither variable says where.
    init(_ environment: ProcessEnvironment = .current) throws {
        guard let base = environment.cacheHome else {
            throw Failure(
                "there is no directory to unpack to: neither XDG_CACHE_HOME nor HOME is set",
                remedy: "Name a directory with -o DIR.")
        }
        directory = base.appending(path: "pixi-pack/environments")
    }

    /// The place of a content.
    func place(of contents: SHA256Digest) -> ByteString { directory.appending(path: ByteString(contents.hex)) }

    /// Runs `body` while no other process does so for the same content.
    ///
    /// - Parameter waiting: what is done while another one does.
    /// - Throws: `Failure` if another one does and nobody is to wait, or the work shall stop.
    func exclusively<Result>(
        _ contents: SHA256Digest, waiting: PlaceLock.Waiting, _ body: () throws -> Result
    ) throws -> Result {
        try Sys.makeDirectories(directory)
        let path = directory.appending(path: ByteString("\(contents.hex).lock"))
        let file = try describing("could not lock the environment cache", remedy: "Name a directory with -o DIR.") {
            File(descriptor: try Sys.open(path, O_RDWR | O_CREAT, mode: 0o666), path: path)
        }
        if Sys.tryLock(file.descriptor) == .taken {
            let place = self.place(of: contents)
            guard case .announced(let say) = waiting else {
                throw Failure(
                    "another process is making the environment '\(place)'",
                    remedy: "Run this again when it is done, or without --no-wait.")
            }
            say("Another process is making the environment '\(place)': waiting until it is done.")
            try describing("could not lock '\(path)'") { try Sys.lockExclusively(file.descriptor) }
        }
        return try withExtendedLifetime(file) { try body() }
    }
}
