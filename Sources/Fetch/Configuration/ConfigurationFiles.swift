import CondaModel
import Support

/// Finds and merges configuration files: pixi's own in pixi's order, the workspace's, then those of `--config`.
public struct ConfigurationFiles: Sendable {
    /// A file that was looked for.
    public struct Place: Sendable {
        public let path: ByteString
        /// Whether it exists and was read.
        public let isRead: Bool
    }

    /// Files of `--config`, in order; each must exist.
    public var explicit: [ByteString] = []
    /// False for `--no-config`: only the explicit files are read.
    public var isDiscovering = true
    /// The folder of the manifest.
    public var workspace: ByteString?
    /// The manifest, for its `[workspace.s3-options]`; it may be missing.
    public var manifest: ByteString?
    public var environment = ProcessEnvironment.current
    /// Where `/etc` is; tests have their own.
    public var root: ByteString = ""

    public init() {}

    /// The workspace's own file, unless it is one of the user's: `~/.pixi/config.toml` of a workspace in the home folder.
    private var workspacePlace: ByteString? {
        guard let path = workspace?.appending(path: ".pixi/config.toml") else { return nil }
        var others = self
        others.workspace = nil
        func real(_ path: ByteString) -> ByteString { (try? Sys.realPath(path)) ?? path }
        return others.places.contains { real($0) == real(path) } ? nil : path
    }

    /// pixi's places from the least to the most important.
    var places: [ByteString] {
        var places: [ByteString] = [root + "/etc/pixi/config.toml"]
        if let home = environment.home { places.append(home.appending(path: ".config/pixi/config.toml")) }
        if let folder = environment.configHome { places.append(folder.appending(path: "pixi/config.toml")) }
        if let home = environment.home { places.append(home.appending(path: ".pixi/config.toml")) }
        if let folder = environment["PIXI_HOME"] { places.append(ByteString(folder).appending(path: "config.toml")) }
        if let workspace { places.append(workspace.appending(path: ".pixi/config.toml")) }
        var seen: Set<ByteString> = []
        return places.filter { seen.insert($0).inserted }
    }

    /// Reads all files there are.
    ///
    /// - Throws: `Failure`, `Failed to parse config file: …`, naming the file.
    public func load(reporter: any Reporter = SilentReporter()) throws -> (Configuration, [Place]) {
        var configuration = Configuration()
        var visited: [Place] = []
        var own = Configuration()
        var ofWorkspace: (path: ByteString, configuration: Configuration)?
        if isDiscovering {
            if let manifest { configuration.merge(manifestConfiguration(manifest, reporter)) }
            let (places, workspacePlace) = (places, workspacePlace)
            for path in places {
                let exists = (try? Sys.exists(path)) ?? false
                visited.append(Place(path: path, isRead: exists))
                if !exists { continue }
                let found = try read(path, reporter)
                configuration.merge(found)
                if path == workspacePlace { ofWorkspace = (path, found) } else { own.merge(found) }
            }
        }
        var named = Configuration()
        for path in explicit {
            named.merge(try read(path, reporter))
            visited.append(Place(path: path, isRead: true))
        }
        configuration.merge(named)
        if let ofWorkspace {
            own.merge(named)
            configuration.workspaceInfluence = WorkspaceInfluence(
                ofWorkspace.configuration, at: ofWorkspace.path, own: own, explicit: named)
        }
        return (configuration, visited)
    }

    private func read(_ path: ByteString, _ reporter: any Reporter) throws -> Configuration {
        try describing("Failed to parse config file", remedy: "Mend the file of --config, or leave the option out.") {
            let text = try describing("IO error while reading configuration file") {
                try File.openGiven(path).slice().readAll(limit: 16 << 20)
            }
            var reader = ConfigurationReader(origin: path.lossyString)
            try describing(
                "Error parsing configuration file: '\(path)'",
                remedy: "Mend the file, or do without pixi's configuration: --no-config."
            ) { try reader.read(text) }
            if !reader.unknownKeys.isEmpty {
                let keys = reader.unknownKeys.map { "'\($0)'" }.listed()
                reporter.info("'\(path)' has keys pixi-pack does not know: \(keys)")
            }
            return reader.configuration
        }
    }

    /// Reads only `s3-options`. A manifest that cannot be read is no error here
    /// (docs/spec/lock.md#finding).
    private func manifestConfiguration(_ path: ByteString, _ reporter: any Reporter) -> Configuration {
        var reader = ConfigurationReader(origin: path.lossyString)
        do {
            guard try Sys.exists(path), path.hasSuffix(".toml") else { return Configuration() }
            let root = try TOMLDocument.parse(try File.open(path).slice().readAll(limit: 16 << 20)).root
            let project = root["tool"]?["pixi"] ?? root
            if let options = project["workspace"]?["s3-options"] ?? project["project"]?["s3-options"] {
                try reader.readS3Options(options)
            }
        } catch {
            reporter.warn("the s3-options of '\(path)' could not be read: \(error)")
        }
        return reader.configuration
    }
}
