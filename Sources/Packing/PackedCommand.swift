import Install
import SelfExtract
import Support

/// Brings a pack's environment into being, unless it is there, to run something in it.
public struct PackedCommand: Sendable {
    private var options: UnpackOptions
    private let reporter: any Reporter

    /// - Parameter options: how to unpack; the output directory counts only for `environment(of:)`.
    ///   No activation scripts are written.
    public init(_ options: UnpackOptions, reporter: any Reporter) {
        self.options = options
        self.options.activation.shells = []
        self.reporter = reporter
    }

    /// The absolute path of the environment in the output directory, unpacked there if it was not.
    ///
    /// - Throws: `Failure`, also when something else is at its place.
    public func environment(of source: PackSource) throws -> ByteString {
        let (pack, identity) = try open(source)
        let prefix = try UnpackTarget.resolve(output: options.outputDirectory, name: options.environmentName).place
        if try isMade(prefix, identity, options) { return prefix }
        if !options.force { try requireNothing(at: prefix) }
        return try unpack(pack, identity, options)
    }

    /// The absolute path of the environment in the cache of environments, unpacked there if it was not. That of an image is
    /// mounted instead if that can be done, as long as this process and what it turns into lives.
    ///
    /// - Throws: `Failure` if it cannot be unpacked or mounted.
    public func cachedEnvironment(of source: PackSource) throws -> ByteString {
        let (pack, identity) = try open(source)
        if try isMounted(pack) { return pack.imagePrefix ?? "" }
        let cache = try EnvironmentCache()
        var options = options
        options.outputDirectory = cache.place(of: identity.key)
        // An environment without our note was not completed.
        options.force = true
        let prefix = options.outputDirectory.appending(path: options.environmentName)
        // The note says that it is whole; then there is nothing to wait for.
        if try isMade(prefix, identity, options) { return prefix }
        let reporter = reporter
        let waiting: PlaceLock.Waiting = options.waits ? .announced { reporter.note($0) } : .refused
        return try cache.exclusively(identity.key, waiting: waiting) {
            try isMade(prefix, identity, options) ? prefix : try unpack(pack, identity, options)
        }
    }

    private func open(_ source: PackSource) throws -> (pack: OpenPack, identity: EnvironmentIdentity) {
        let pack = try source.open(
            spoolingTo: ProcessEnvironment.current.temporaryFolder, trust: options.trust,
            maximumSize: options.maximumSize, network: options.network, reporter: reporter)
        pack.reportSignature(reporter)
        return (pack, try EnvironmentIdentity(of: pack, options))
    }

    private func unpack(
        _ pack: OpenPack, _ identity: EnvironmentIdentity, _ options: UnpackOptions
    ) throws -> ByteString {
        Interruption.begin()
        let summary = try Unpacker(options, reporter: reporter).unpack(pack)
        // Another process may have made it meanwhile, from whatever it was asked to.
        if !summary.isNew, identity.signature != nil, !identity.isNoted(at: summary.place) {
            throw Self.another(summary.place)
        }
        try identity.note(at: summary.place)
        return summary.place
    }

    /// Mounts an image for the command. One whose signature was asked for is never mounted: what is mounted is read from the
    /// file as it is needed, when the file may have been changed.
    private func isMounted(_ pack: OpenPack) throws -> Bool {
        guard options.trust == nil, let mount = ImageMount(of: pack, reporter: reporter) else { return false }
        try PackManifest(of: pack.reader).requirePlatform(options.checksHost ? .same : .sameLayout)
        try Unpacker(options, reporter: reporter).checkHost(of: pack)
        do {
            try mount.holdForCommand()
            return true
        } catch let error as ImageMount.NotMounted {
            reporter.info("The image is unpacked, not mounted: \(error.reason).")
            return false
        }
    }

    /// Whether what is to be run is there; not if somebody else could have put it there.
    private func isMade(
        _ prefix: ByteString, _ identity: EnvironmentIdentity, _ options: UnpackOptions
    ) throws -> Bool {
        guard try Sys.exists(prefix) else { return false }
        if !options.trustsOwner { try EnvironmentOwner.require(prefix) }
        return identity.isNoted(at: prefix, trustsOwner: options.trustsOwner)
    }

    /// What was made from another pack is left alone: its own command runs in it.
    private func requireNothing(at prefix: ByteString) throws {
        guard try Sys.exists(prefix), try !Sys.list(prefix).isEmpty else { return }
        throw Self.another(prefix)
    }

    private static func another(_ prefix: ByteString) -> Failure {
        Failure(
            "the environment '\(prefix)' was made from another pack, or it is not known from which",
            remedy: "Choose another place with -o, or replace it with --force.")
    }
}
