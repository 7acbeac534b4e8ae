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

    func extractTar(to target: ByteString, _ console: Console) throws {
        let size = try pack(console).extractTar(to: target)
        console.reporter.note("wrote \(size) bytes to \(target == "-" ? "standard output" : target.lossyString)")
    }

    /// Becomes the command after `--`, in the pack's environment.
    func run(_ console: Console, _ options: UnpackOptions) throws -> Never {
        let words = command.map { RawArguments.bytes(of: $0) }
        let prefix = try PackedCommand(options, reporter: console.reporter)
            .environment(of: PackSource(argument: packFile.path), inCache: place.outputDirectory == nil)
        try EnvironmentCommand(words, prefix: prefix).run()
    }
}
