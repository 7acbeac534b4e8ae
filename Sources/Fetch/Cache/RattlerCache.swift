import CondaModel
import Support

/// The package cache of pixi and other tools on rattler, which is only read.
struct RattlerCache: Sendable {
    private let directory: ByteString

    /// Nil if the machine has no such cache.
    init?(_ environment: ProcessEnvironment) {
        let named = environment["RATTLER_CACHE_DIR"] ?? environment["PIXI_CACHE_DIR"]
        let base = environment.cacheHome
        guard let root = named.map({ ByteString($0) }) ?? base?.appending(path: "rattler/cache") else { return nil }
        let packages = root.appending(path: "pkgs")
        guard let isThere = try? Sys.isDirectory(packages), isThere else { return nil }
        directory = packages
    }

    /// An archive of that name, which the caller has to verify.
    func open(_ fileName: ByteString) -> File? {
        guard !fileName.bytes.contains(UInt8(ascii: "/")) else { return nil }
        return try? File.open(directory.appending(path: fileName))
    }
}
