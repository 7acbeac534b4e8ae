import Packing
import Support

/// What can be done with a pack instead of installing it.
extension UnpackOptionsGroup {
    private func pack(_ console: Console) throws -> OpenPack {
        try PackSource(argument: packFile.path).open(
            spoolingTo: place.outputDirectory?.path ?? ".", trust: trust.load(),
            maximumSize: installation.maxUnpackedSize?.bytes,
            network: network.settings(for: [packFile], reporter: console.reporter), reporter: console.reporter)
    }

    func verify(_ console: Console) throws {
        let pack = try pack(console)
        pack.reportSignature(console.reporter)
        let verifier = PackVerifier(pack, reporter: console.reporter)
        if installation.json {
            _ = try VerifyCommand.show(verifier, pack, console)
        } else {
            VerifyCommand.say(try verifier.verify(), console)
        }
    }

    /// Copies this program.
    func install(unpackerInto folder: ByteString, _ console: Console) throws {
        let path = try InstalledUnpacker.put(into: folder)
        console.reporter.note("'\(path)' is there now; 'pixi-unpack --help' says what it can do")
    }

    /// Makes an image.
    func write(_ image: ImageOptions, _ options: UnpackOptions, _ console: Console) throws {
        let began = MonotonicClock.seconds
        let summary = try Unpacker(options, reporter: console.reporter).unpack(
            PackSource(argument: packFile.path), into: image)
        let seconds = MonotonicClock.seconds - began
        if installation.json {
            try console.output(
                jsonText { writer in
                    writer.key("image")
                    writer.value(self.image.into?.path ?? "")
                    writer.key("prefix")
                    writer.value(summary.prefix)
                    writer.key("dry-run")
                    writer.value(installation.dryRun)
                    writer.member("digest", summary.digest.map { "sha256:\($0.hex)" })
                    writer.member("packages", Optional(summary.packages))
                    writer.member("bytes", Optional(summary.bytes))
                    writer.member("warnings", console.reporter.warnings)
                    writer.key("seconds")
                    writer.value(seconds: seconds)
                })
        }
        if installation.dryRun {
            if !installation.json {
                try console.output("\(summary.packages) packages, \(summary.bytes) bytes\n")
            }
            return
        }
        let digest: Message = summary.digest.map { ", sha256:\($0.hex)" } ?? ""
        console.reporter.note(
            "💫 Finished '\(self.image.into?.path ?? "")' with an environment for '\(summary.prefix)': "
                + "\(summary.packages == 1 ? "1 package" : "\(summary.packages) packages"), \(humanSize(summary.bytes)) unpacked\(digest)."
        )
    }

    func extractTar(to target: ByteString, _ console: Console) throws {
        let size = try pack(console).extractTar(to: target)
        console.reporter.note("wrote \(size) bytes to \(target == "-" ? "standard output" : target.lossyString)")
    }

    /// Becomes the command after `--`, in the pack's environment.
    func run(_ console: Console, _ options: UnpackOptions) throws -> Never {
        let words = command.map { RawArguments.bytes(of: $0) }
        let packed = PackedCommand(options, reporter: console.reporter)
        let source = PackSource(argument: packFile.path)
        let isPlaced = place.outputDirectory != nil
        let prefix = try isPlaced ? packed.environment(of: source) : packed.cachedEnvironment(of: source)
        try EnvironmentCommand(words, prefix: prefix).run()
    }
}
