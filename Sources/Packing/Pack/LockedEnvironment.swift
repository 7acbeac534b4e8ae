import CondaModel
import Lockfile
import Support

/// The packages of one environment for one platform before anything is chosen or built: as a lock file, a list, or an
/// environment on the disk has them.
struct LockedEnvironment: Sendable {
    let name: String
    let packages: [LockedPackage]
    let platform: LockPlatform
    /// Where relative paths of packages start from.
    let baseDirectory: ByteString
    /// Nil if there is no lock file, or nobody wants to know.
    let lockSHA256: SHA256Digest?
    /// Packages whose origin is not known.
    let unavailable: [UnrecordedWheel]
    /// Packages at hand that no path leads to, by their location.
    let opened: [ByteString: OriginPacks.Member]

    /// - Parameter sha256: of the lock file, for those who write it down.
    /// - Throws: `Failure` as `LockFile.packages(environment:platform:)`.
    init(_ lock: LockFile, _ target: PackTarget, sha256: SHA256Digest?) throws {
        name = target.environment
        packages = try lock.packages(environment: target.environment, platform: target.platform)
        platform = try lock.platform(target.platform, of: target.environment)
        baseDirectory = lock.directory
        lockSHA256 = sha256
        unavailable = []
        opened = [:]
    }

    init(_ prefix: InstalledPrefix) {
        name = prefix.path.lastPathComponent.lossyString
        packages = prefix.packages
        platform = LockPlatform(name: prefix.platform.rawValue, subdir: prefix.platform, virtualPackages: [])
        baseDirectory = "."
        lockSHA256 = nil
        unavailable = prefix.unavailable
        opened = prefix.opened
    }

    init(_ list: ExplicitInput, _ target: PackTarget) {
        name = target.environment
        packages = list.packages
        platform = list.platform
        baseDirectory = "."
        lockSHA256 = list.sha256
        unavailable = []
        opened = list.opened
    }
}
