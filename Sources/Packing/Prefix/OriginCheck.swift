import CondaModel
import Fetch
import Lockfile
import Support

/// Whether the packages of an environment are still where its records say, as far as this machine can tell: an
/// environment that was unpacked names a pack, or a folder that was gone when the unpacking was done.
struct OriginCheck {
    private let prefix: ByteString
    private let forecaster: FetchForecaster

    init(_ prefix: ByteString, settings: FetchSettings) {
        self.prefix = prefix
        forecaster = FetchForecaster(settings: settings)
    }

    /// - Throws: `Failure` naming all packages that are neither there nor in a cache.
    func check(_ packages: [LockedPackage]) throws {
        let gone = try packages.compactMap { package -> (name: String, path: ByteString)? in
            guard case .path(let path) = package.location else { return nil }
            switch package {
            case .condaSource: return nil
            case .conda(let conda):
                let key = try RelativePath(ByteString(conda.record.subdir)).appending(
                    RelativePath(ByteString(conda.fileName)))
                let found = try forecaster.forecast(
                    WantedFile(
                        conda.fileName, at: package.location, digests: conda.record.digests,
                        size: conda.record.size.flatMap { Int64(exactly: $0) }),
                    cacheKey: key)
                return found.origin == .missing ? (conda.fileName, path) : nil
            case .pypi(let python):
                return python.isWheel && (try? Sys.exists(path)) != true
                    ? (path.lastPathComponent.lossyString, path) : nil
            }
        }
        if gone.isEmpty { return }
        let folders = Set(gone.map(\.path.parentPath)).sorted()
        throw Failure(
            "packages of the environment '\(prefix)' are not any more where they came from:"
                + folders.map { folder in
                    let names = gone.filter { $0.path.parentPath == folder }.map(\.name)
                    return "\n  in '\(folder)': " + names.listed()
                }.joined(),
            remedy: "Put the pack they came from back there, or extract it with 'tar xf' and name its folder 'channel' "
                + "with --use-cache, or give the packages with --inject FILE.")
    }
}
