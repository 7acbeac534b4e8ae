import CondaModel
import Lockfile
import Support

/// What a workspace's lock file would pack, by environment and platform.
public struct LockedPackageLists: Sendable {
    private let lockFile: LockFile

    /// - Parameter manifest: the workspace's directory, or a file in it.
    /// - Throws: `Failure` if there is no such path, or no lock file that can be read.
    public init(manifest: ByteString) throws {
        lockFile = try LockFile.read(at: LockFile.locate(manifest: manifest))
    }

    /// - Throws: `Failure` as `LockFile.packages(environment:platform:)`.
    public func list(environment: String, platform: String) throws -> PackageListing {
        let target = PackTarget(environment: environment, platform: platform)
        return try PackageListing(LockedEnvironment(lockFile, target, sha256: nil))
    }

    /// The files of an environment as a list for conda (`@EXPLICIT`).
    ///
    /// - Returns: the text, and how many Python packages it has as comments.
    /// - Throws: `Failure` as `list`, and for a package that has to be built first.
    public func explicit(
        environment: String, platform: String, producer: String
    ) throws -> (text: [UInt8], python: Int) {
        let packages = try lockFile.packages(environment: environment, platform: platform)
        let text = try ExplicitText.render(
            packages, platform: lockFile.platform(platform, of: environment).subdir,
            directory: Sys.realPath(lockFile.directory), producer: producer)
        return (text, packages.count { if case .pypi = $0 { true } else { false } })
    }

    /// One listing for each environment and platform, in the order of the file.
    public func all() throws -> [PackageListing] {
        try lockFile.environmentNames.flatMap { environment in
            try lockFile.environment(named: environment).platforms.map { platform in
                try list(environment: environment, platform: platform.name)
            }
        }
    }

    /// The names of all environments, in the order of the file.
    public var environmentNames: [String] { lockFile.environmentNames }

    /// The packages of an environment as the lock file has them.
    func locked(
        environment: String, platform: String
    ) throws -> (packages: [LockedPackage], subdir: Platform, sha256: SHA256Digest) {
        let packages = try lockFile.packages(environment: environment, platform: platform)
        return (packages, try lockFile.platform(platform, of: environment).subdir, lockFile.sha256())
    }

    /// The names of all platforms of the lock file, each once.
    public var platformNames: [String] {
        var names: [String] = []
        for environment in lockFile.environmentNames {
            for platform in (try? lockFile.environment(named: environment).platforms) ?? []
            where !names.contains(platform.name) {
                names.append(platform.name)
            }
        }
        return names
    }
}
