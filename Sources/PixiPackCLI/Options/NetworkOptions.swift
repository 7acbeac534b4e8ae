import ArgumentParser
import CondaModel
import Fetch
import Packing
import Support

/// How packages are fetched: configuration, credentials, caches, limits.
struct NetworkOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "The file with credentials.", discussion: "A JSON file as 'pixi auth login' writes it.", valueName: "file"))
    var authFile: PathArgument?

    @Option(
        help: ArgumentHelp(
            "The certificate to show to servers that want one.",
            discussion: "In PEM form, with its key or without. By default what $SSL_CLIENT_CERT names.",
            valueName: "file"))
    var clientCert: PathArgument?

    @Option(help: ArgumentHelp("The key of --client-cert.", discussion: "In PEM form.", valueName: "file"))
    var clientKey: PathArgument?

    @Option(
        help: ArgumentHelp(
            "The password of --client-key.", discussion: "The first line of this file.", valueName: "file"))
    var clientKeyPassword: PathArgument?

    @Option(
        help: ArgumentHelp("Keep downloads in this folder, use those there.", valueName: "dir"))
    var useCache: PathArgument?

    @Flag(
        help: ArgumentHelp(
            "Keep downloads in the user's cache, use those there.",
            discussion: "$PIXI_PACK_CACHE, else $XDG_CACHE_HOME/pixi-pack, else ~/.cache/pixi-pack."))
    var cache = false

    @Flag(
        help: ArgumentHelp(
            "Download nothing.",
            discussion: "Only caches and local files are used; everything that is missing is listed at once."))
    var offline = false

    @Option(help: ArgumentHelp("Downloads at a time; 0 is no limit.", discussion: "By default 50.", valueName: "n"))
    var concurrency: Int?

    /// What pixi calls it.
    @Option(name: .customLong("concurrent-downloads"), help: .hidden)
    var concurrentDownloads: Int?

    @Option(
        help: ArgumentHelp(
            "Bytes per second, such as 500K or 2M.", discussion: "For all downloads together.", valueName: "rate"))
    var limitRate: ByteCountArgument?

    @Option(
        help: ArgumentHelp(
            "Seconds to wait for an answer or for a byte (default: 30).", discussion: "Then a download begins anew.",
            valueName: "seconds"))
    var timeout: Int?

    @Option(help: ArgumentHelp("How often a failed download is tried again (default: 4).", valueName: "n"))
    var retries: Int?

    func validate() throws {
        if useCache != nil, cache { throw ValidationError("--cache and --use-cache cannot be given together") }
        if clientCert == nil, ProcessEnvironment.current["SSL_CLIENT_CERT"] == nil,
            clientKey != nil || clientKeyPassword != nil
        {
            let option = clientKey == nil ? "--client-key-password" : "--client-key"
            throw ValidationError("\(option) needs --client-cert")
        }
        if concurrency != nil, concurrentDownloads != nil {
            throw ValidationError("--concurrent-downloads is another name of --concurrency; give one of them")
        }
        if let concurrency = concurrency ?? concurrentDownloads, concurrency < 0 || concurrency > 10_000 {
            throw ValidationError("--concurrency must be a number from 0 to 10000")
        }
        if let timeout, timeout < 1 || timeout > 86_400 {
            throw ValidationError("--timeout must be a number from 1 to 86400")
        }
        if let retries, retries < 0 || retries > 100 {
            throw ValidationError("--retries must be a number from 0 to 100")
        }
    }

    /// The settings for packs that lie elsewhere; nothing is read for those that do not.
    ///
    /// - Throws: `ValidationError` for options that nothing needs.
    func settings(for packs: [PathArgument?], reporter: any Reporter) throws -> FetchSettings {
        let isNeeded = packs.contains { pack in
            if case .remote = pack.map({ PackSource(argument: $0.path) }) { true } else { false }
        }
        if isNeeded { return try settings(manifest: "/", reporter: reporter) }
        if let option = givenOptions().first {
            throw Failure(
                "\(option) is for packs in a registry or at a URL",
                remedy: "Leave it out, or name such a pack: oci://REGISTRY/REPOSITORY:TAG.")
        }
        return FetchSettings()
    }

    private func clientCertificate(_ environment: ProcessEnvironment) -> ClientCertificate? {
        let file = clientCert?.path ?? environment["SSL_CLIENT_CERT"].map { ByteString($0) }
        return file.map {
            ClientCertificate(certificate: $0, key: clientKey?.path, passwordFile: clientKeyPassword?.path)
        }
    }

    /// The settings of a fetch for the workspace at `manifest` (a folder or a file in it).
    func settings(manifest: ByteString, reporter: any Reporter) throws -> FetchSettings {
        var settings = FetchSettings()
        settings.configuration = try configuration.files(manifest: manifest).load(reporter: reporter).0
        if let influence = settings.configuration.workspaceInfluence { reporter.warn(influence.announcement) }
        settings.userAgent = "pixi-pack/\(Program.version)"
        settings.authFile = authFile?.path
        settings.clientCertificate = clientCertificate(settings.environment)
        settings.cacheDirectory = try useCache?.path ?? (cache ? CacheFolder.standard().directory : nil)
        settings.usesRattlerCache = true
        settings.isOffline = offline
        settings.concurrency =
            concurrency ?? concurrentDownloads ?? settings.configuration.downloads?.value ?? settings.concurrency
        settings.rateLimit = limitRate?.bytes
        settings.stallSeconds = timeout ?? 30
        settings.tries = (retries ?? 4) + 1
        return settings
    }
}
