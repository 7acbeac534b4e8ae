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

    /// - Parameters:
    ///   - fileName: the name of the archive.
    ///   - isVerifiable: whether a hash is known, without which nothing is taken from a cache of others.
    ///   - size: what the lock file says.
    public func forecast(
        _ location: PackageLocation, kind: FetchKind, fileName: String, cacheKey: RelativePath?, isVerifiable: Bool,
        size: Int64?
    ) throws -> FetchForecast {
        let localPath: ByteString? =
            switch location {
            case .path(let path): settings.baseDirectory.appending(path: path)
            case .url(let url): url.withoutDirectPrefix.filePath
            }
        if let folder = settings.cacheDirectory, let cacheKey, kind == .conda || localPath == nil,
            let path = cachedPath(location, fileName, isVerifiable ? cacheKey : nil, in: folder)
        {
            if let found = FetchForecaster.size(of: path) {
                return FetchForecast(origin: .cache, place: path.lossyString, size: found)
            }
        }
        if let localPath, let found = FetchForecaster.size(of: localPath) {
            return FetchForecast(origin: .localFile, place: localPath.lossyString, size: found)
        }
        if kind == .conda, isVerifiable, let file = rattlerCache?.open(ByteString(fileName)),
            let found = FetchForecaster.size(of: file.path), size.map({ $0 == found }) ?? true
        {
            return FetchForecast(origin: .cache, place: file.path.lossyString, size: found)
        }
        if let localPath { return FetchForecast(origin: .missing, place: localPath.lossyString, size: size) }
        guard case .url(let url) = location else {
            return FetchForecast(origin: .missing, place: location.redacted, size: size)
        }
        var asked = url.withoutDirectPrefix
        if let rule = mirrors.rule(for: asked), let choice = mirrors.choose(rule, excluding: []) {
            asked = try mirrors.rewrite(asked, choice)
        }
        return FetchForecast(origin: settings.isOffline ? .missing : .network, place: asked.redacted, size: size)
    }

    /// A kept file without a known hash is only used if its server cannot be asked.
    private func cachedPath(
        _ location: PackageLocation, _ fileName: String, _ key: RelativePath?, in folder: ByteString
    ) -> ByteString? {
        if let key { return folder.appending(path: key.bytes) }
        guard settings.isOffline, case .url(let url) = location else { return nil }
        return UnhashedDownload(in: folder, url.withoutDirectPrefix, fileName: fileName)?.path
    }

    /// Nil if there is no regular file.
    private static func size(of path: ByteString) -> Int64? {
        guard let status = try? Sys.stat(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }
}
