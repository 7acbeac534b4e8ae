import CondaModel
import LibC
import Support

/// Tells where files would come from.
public struct FetchForecaster: Sendable {
    private let settings: FetchSettings
    private let mirrors: Mirrors
    private let rattlerCache: RattlerCache?

    public init(settings: FetchSettings) {
        self.settings = settings
        mirrors = Mirrors(settings.configuration.mirrors.mapValues(\.value))
        rattlerCache = settings.usesRattlerCache ? RattlerCache(settings.environment) : nil
    }

    /// - Parameter cacheKey: as in `FetchRequest`.
    public func forecast(_ file: WantedFile, cacheKey: RelativePath?) throws -> FetchForecast {
        // Without a digest nothing is taken from a cache of others.
        let isVerifiable = file.digests.isKnown
        let localPath: ByteString? =
            switch file.location {
            case .path(let path): settings.baseDirectory.appending(path: path)
            case .url(let url): url.withoutDirectPrefix.filePath
            }
        if let folder = settings.cacheDirectory, let cacheKey, file.kind == .conda || localPath == nil,
            let path = cachedPath(file, isVerifiable ? cacheKey : nil, in: folder)
        {
            if let found = FetchForecaster.size(of: path) {
                return FetchForecast(origin: .cache, place: path.lossyString, size: found)
            }
        }
        if let localPath, let found = FetchForecaster.size(of: localPath) {
            return FetchForecast(origin: .localFile, place: localPath.lossyString, size: found)
        }
        if file.kind == .conda, isVerifiable, let kept = rattlerCache?.open(ByteString(file.name)),
            let found = FetchForecaster.size(of: kept.path), file.size.map({ $0 == found }) ?? true
        {
            return FetchForecast(origin: .cache, place: kept.path.lossyString, size: found)
        }
        if let localPath { return FetchForecast(origin: .missing, place: localPath.lossyString, size: file.size) }
        guard case .url(let url) = file.location else {
            return FetchForecast(origin: .missing, place: file.location.redacted, size: file.size)
        }
        var asked = url.withoutDirectPrefix
        if let rule = mirrors.rule(for: asked), let choice = mirrors.choose(rule, excluding: []) {
            asked = try mirrors.rewrite(asked, choice)
        }
        return FetchForecast(
            origin: settings.isOffline ? .missing : .network, place: asked.redacted, size: file.size)
    }

    /// A kept file without a known hash is only used if its server cannot be asked.
    private func cachedPath(_ file: WantedFile, _ key: RelativePath?, in folder: ByteString) -> ByteString? {
        if let key { return folder.appending(path: key.bytes) }
        guard settings.isOffline, case .url(let url) = file.location else { return nil }
        return UnhashedDownload(in: folder, url.withoutDirectPrefix, fileName: file.name)?.path
    }

    /// Nil if there is no regular file.
    private static func size(of path: ByteString) -> Int64? {
        guard let status = try? Sys.stat(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }
}
