import CondaModel
import Support

/// The `environments` map of versions 4 to 7.
struct EnvironmentTable {
    private let environments: [(name: String, map: MapReader)]

    init(_ root: MapReader) throws {
        environments = try root.requiredMembers("environments").map { member in
            let name = member.key.bytes?.lossyString ?? ""
            return (name, try MapReader(member.value, "environment '\(name)'"))
        }
    }

    var names: [String] { environments.map(\.name) }

    private func map(_ name: String) throws -> MapReader {
        guard let found = environments.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw Failure("environment not found in lockfile: \(name)")
        }
        return found.map
    }

    /// The keys of the platforms of an environment.
    func platformKeys(of environment: String) throws -> [String] {
        try map(environment).requiredMembers("packages").compactMap(\.key.string)
    }

    func environment(named name: String, platforms: [LockPlatform]) throws -> LockEnvironment {
        let map = try map(name)
        let channels = try map.requiredElements("channels").map { channel in
            try MapReader(channel, "channel of environment '\(name)'").requiredString("url")
        }
        return LockEnvironment(
            name: name, channels: channels, indexes: try map.list("indexes") ?? [], platforms: platforms)
    }

    /// The references to packages that an environment has for the platform with that key.
    func references(environment: String, platformKey: String) throws -> [MapReader] {
        let packages = try map(environment).requiredMembers("packages")
        for member in packages where member.key.string?.utf8.elementsEqual(platformKey.utf8) ?? false {
            if member.value.isNull { return [] }
            guard let elements = member.value.elements else {
                throw Failure("environment '\(environment)': the packages for '\(platformKey)' are not a list")
            }
            return try elements.map { try MapReader($0, "package of environment '\(environment)'") }
        }
        return []
    }

    /// The platforms whose key is a known subdir, for versions 4 to 6. Others cannot be selected.
    func subdirPlatforms(of environment: String) throws -> [LockPlatform] {
        try platformKeys(of: environment).compactMap { key in
            guard let subdir = try? Platform(parsing: key) else { return nil }
            return LockPlatform(name: key, subdir: subdir, virtualPackages: [])
        }
    }

    /// The error for a reference to a package that the lock file does not have (docs/spec/lock.md#missing).
    static func missingPackage(_ location: String, environment: String, platform: String) -> Failure {
        Failure(
            "environment \(environment) and platform \(platform) refers to a package that does not exist: \(location)",
            remedy: "The lock file is damaged; let pixi write it anew (`pixi lock`).")
    }
}
