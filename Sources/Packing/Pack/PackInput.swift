import CondaModel
import Lockfile
import Support

/// What is to be packed, before anything is chosen or built: an environment of a lock file, one on the disk, or the files
/// of a list.
struct PackInput: Sendable {
    let packages: [LockedPackage]
    let platform: LockPlatform
    /// Where relative paths of packages start from.
    let baseDirectory: ByteString
    /// Nil if there is no lock file.
    let lockSHA256: SHA256Digest?
    /// Packages of which nobody knows where they come from.
    let unavailable: [UnrecordedWheel]
    /// Packages at hand that no path leads to, by their location.
    let opened: [ByteString: OriginPacks.Member]

    /// What the options name.
    static func read(_ options: PackOptions, reporter: any Reporter) throws -> PackInput {
        if let explicit = options.explicit {
            return PackInput(
                try ExplicitInput.read(explicit.list, asked: explicit.platform, options, reporter: reporter))
        }
        guard let path = options.prefix else {
            let lock = try LockFile.read(at: LockFile.locate(manifest: options.manifest))
            let target = BundlePacker.Target(environment: options.environment, platform: options.platform)
            try StaleLock(lock, options)?.report([target], isError: options.isLocked, to: reporter)
            return try PackInput(lock, options)
        }
        let prefix = try InstalledPrefix(path)
        prefix.reportChanges(to: reporter)
        return PackInput(prefix)
    }

    private init(_ prefix: InstalledPrefix) {
        packages = prefix.packages
        platform = LockPlatform(name: prefix.platform.rawValue, subdir: prefix.platform, virtualPackages: [])
        baseDirectory = "."
        lockSHA256 = nil
        unavailable = prefix.unavailable
        opened = prefix.opened
    }

    private init(_ explicit: ExplicitInput) {
        packages = explicit.packages
        platform = explicit.platform
        baseDirectory = "."
        lockSHA256 = explicit.sha256
        unavailable = []
        opened = explicit.opened
    }

    init(_ lock: LockFile, _ options: PackOptions) throws {
        packages = try lock.packages(environment: options.environment, platform: options.platform)
        platform = try lock.platform(options.platform, of: options.environment)
        baseDirectory = lock.directory
        lockSHA256 = lock.sha256()
        unavailable = []
        opened = [:]
    }
}
