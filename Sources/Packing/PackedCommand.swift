import Install
import SelfExtract
import Support

/// Brings a pack's environment into being, unless it is there, to run something in it.
public struct PackedCommand: Sendable {
    private let options: UnpackOptions
    private let reporter: any Reporter

    /// Inside of the environment: which contents it was unpacked from.
    private static let stamp: ByteString = "conda-meta/pixi-pack-contents"

    /// - Parameter options: how to unpack; the output directory counts only for `environment(of:inCache:)` without cache.
    public init(_ options: UnpackOptions, reporter: any Reporter) {
        self.options = options
        self.reporter = reporter
    }

    /// The absolute path of the environment, unpacked if it was not.
    ///
    /// - Parameter inCache: use the environment cache instead of the output directory of the options.
    /// - Throws: `Failure`, also when something else is at its place.
    public func environment(of source: PackSource, inCache: Bool) throws -> ByteString {
        let pack = try source.open(spoolingTo: environmentValue("TMPDIR") ?? "/tmp", trust: options.trust)
        pack.reportSignature(reporter)
        // The header's word is taken for it: installing compares every package with the index anyway.
        let contents = try pack.layout?.contents ?? ContentDigest.ofVerified(pack.reader)
        if !inCache {
            let prefix = try UnpackTarget.resolve(output: options.outputDirectory, name: options.environmentName).prefix
            return try unpack(pack, contents, options, to: prefix)
        }
        let cache = try EnvironmentCache()
        var options = options
        options.outputDirectory = cache.place(of: contents)
        // What is there without a stamp was not completed.
        options.force = true
        let prefix = options.outputDirectory.appending(path: options.environmentName)
        // The stamp says that it is whole; then there is nothing to wait for.
        if try isMade(prefix, contents, options) { return prefix }
        return try cache.exclusively(contents) { try unpack(pack, contents, options, to: prefix) }
    }

    private func unpack(
        _ pack: OpenPack, _ contents: SHA256Digest, _ options: UnpackOptions, to prefix: ByteString
    ) throws -> ByteString {
        if try isMade(prefix, contents, options) { return prefix }
        Interruption.begin()
        let summary = try Unpacker(options, reporter: reporter).unpack(pack.reader)
        let stamp = summary.prefix.appending(path: Self.stamp)
        try describing("could not note the contents of the environment") {
            try WholeFile.write(Array((contents.hex + "\n").utf8), to: stamp, umask: ProcessUmask.original)
        }
        return summary.prefix
    }

    /// Whether what is to be run is there; not if somebody else could have put it there.
    private func isMade(_ prefix: ByteString, _ contents: SHA256Digest, _ options: UnpackOptions) throws -> Bool {
        guard Self.contents(of: prefix) == contents else { return false }
        if !options.trustsOwner { try EnvironmentOwner.require(prefix) }
        return true
    }

    /// What the environment at a path was unpacked from; nil if that is not known.
    static func contents(of prefix: ByteString) -> SHA256Digest? {
        guard let file = try? File.open(prefix.appending(path: stamp)),
            let text = try? file.slice().readAll(limit: 256)
        else { return nil }
        return SHA256Digest(hex: String(decoding: text, as: UTF8.self).prefix(64))
    }
}
