import CondaModel
import Lockfile
import Support

/// Whether a lock file still says what its manifest asks for: environments, platforms, dependencies and channels.
///
/// Only what is certain counts: whatever the manifest has in a form that is not known here is taken as it is. pixi itself
/// compares more, with a solver.
struct StaleLock {
    private let manifest: WorkspaceManifest
    private let lock: LockFile

    /// Nil if there is no manifest to compare with.
    init?(_ lock: LockFile, _ request: PackRequest) {
        guard let manifest = (try? WorkspaceManifest.find(request.manifest)) ?? nil else { return nil }
        self.manifest = manifest
        self.lock = lock
    }

    /// Says in pixi's words what differs.
    ///
    /// - Parameter isError: for `--locked`; otherwise it is a warning.
    /// - Throws: `Failure` if something differs and that is an error.
    func report(_ targets: [PackTarget], isError: Bool, to reporter: any Reporter) throws {
        let differences = self.differences(targets)
        guard let first = differences.first else { return }
        let more: Message = differences.count > 1 ? " (and \(differences.count - 1) more)" : ""
        guard isError else {
            return reporter.warn(
                "lock file not up-to-date with the workspace: \(first)\(more); 'pixi lock' updates it")
        }
        throw Failure(
            "lock file not up-to-date with the workspace: \(first)\(more)",
            remedy: "Update it with 'pixi lock', or pack without --locked.")
    }

    /// What differs, most general first.
    func differences(_ targets: [PackTarget]) -> [Message] {
        let root = manifest.root
        let file = manifest.path.lastPathComponent
        let lockName = lock.path?.lastPathComponent ?? "the lock file"
        var result: [Message] = []
        for member in StaleLock.members(root.present("environments")) {
            guard let name = member.name.string, !has(environment: name) else { continue }
            result.append("the environment '\(name)' of \(file) is not in \(lockName)")
        }
        let locked = lock.environmentNames.flatMap { (try? lock.environment(named: $0).platforms) ?? [] }
        let workspace = root.present("workspace") ?? root.present("project")
        for platform in workspace?.present("platforms")?.elements.map({ Array($0) }) ?? [] {
            guard let name = platform.string ?? platform.present("name")?.string,
                !locked.contains(where: { isSame($0.name, name) || isSame($0.subdir.rawValue, name) })
            else { continue }
            result.append("the platform '\(name)' of \(file) is not in \(lockName)")
        }
        var seen = Set(result)
        for target in targets where has(environment: target.environment) {
            for difference in channels(of: target.environment) + dependencies(of: target)
            where seen.insert(difference).inserted {
                result.append(difference)
            }
        }
        return result
    }

    private func has(environment: String) -> Bool { lock.environmentNames.contains { isSame($0, environment) } }

    private static func members(_ value: JSONValue?) -> [(name: ByteString, value: JSONValue)] {
        value?.members.map { $0.map { ($0.name, $0.value) } } ?? []
    }

    private func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    // MARK: Channels

    private func channels(of environment: String) -> [Message] {
        let workspace = manifest.root.present("workspace") ?? manifest.root.present("project")
        func names(_ value: JSONValue?) -> [String]? {
            value?.present("channels")?.elements.map { $0.compactMap { $0.string ?? $0.present("channel")?.string } }
        }
        guard let usual = names(workspace), let locked = try? lock.environment(named: environment).channels else {
            return []
        }
        let features = WorkspaceFeatures.features(of: environment, in: manifest.root)
        var wanted = features.filter { $0.present("workspace") == nil && $0.present("project") == nil }
            .flatMap { names($0) ?? [] }
        wanted += usual
        // The path of a local folder is not compared: it may be written in several ways.
        if (wanted + locked).contains(where: { $0.hasPrefix(".") || $0.hasPrefix("/") || $0.hasPrefix("file:") }) {
            return []
        }
        let added = wanted.filter { name in !locked.contains { StaleLock.isChannel($0, name) } }
        let gone = locked.filter { url in !wanted.contains { StaleLock.isChannel(url, $0) } }
        var result: [Message] = []
        if !added.isEmpty {
            result.append("the environment '\(environment)' is not locked with the channel \(added.listed())")
        }
        if !gone.isEmpty {
            let list = gone.map { StaleLock.redacted($0) }.listed()
            result.append("the environment '\(environment)' is locked with the channel \(list), which is not its own")
        }
        return result
    }

    private static func redacted(_ url: String) -> String { (try? WebURL(url))?.redacted ?? url }

    /// Whether a URL of the lock is a channel of the manifest: the same URL, or one that ends with its name (a host may be
    /// another by configuration).
    private static func isChannel(_ url: String, _ name: String) -> Bool {
        func bare(_ text: String) -> String {
            var text = text
            while text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
            return text
        }
        let (url, name) = (bare(url), bare(name))
        return url.utf8.elementsEqual(name.utf8) || !name.contains(text: "://") && url.hasSuffix("/" + name)
    }

    // MARK: Dependencies

    private func dependencies(of target: PackTarget) -> [Message] {
        guard let platform = try? lock.platform(target.platform, of: target.environment),
            let packages = try? lock.packages(environment: target.environment, platform: target.platform)
        else { return [] }
        var conda: [CondaName: String?] = [:]
        var python: Set<PyPIName> = []
        for package in packages {
            switch package {
            case .conda(let package): conda[package.record.name] = package.record.version
            case .condaSource(let source): conda[source.name] = .some(nil)
            case .pypi(let package): python.insert(package.name)
            }
        }
        let tables = WorkspaceFeatures.features(of: target.environment, in: manifest.root)
            .flatMap { WorkspaceFeatures.targets(of: $0, platform.subdir) }
        var result: [Message] = []
        let place: Message = "'\(target.environment)' for \(target.platform)"
        for table in tables {
            for kind in ["dependencies", "host-dependencies", "build-dependencies"] {
                for member in StaleLock.members(WorkspaceFeatures.member(kind, of: table)) {
                    let name = member.name.lossyString.lowercased()
                    guard let version = (try? CondaName(name)).flatMap({ conda[$0] }) else {
                        result.append("the dependency '\(name)' is not locked in \(place)")
                        continue
                    }
                    let text = member.value.string ?? member.value.present("version")?.string
                    guard let version, let text, let spec = try? VersionSpec(text),
                        let locked = try? CondaVersion(version), !spec.matches(locked)
                    else { continue }
                    result.append("'\(name)' is locked as \(version) in \(place), \(text) is asked for")
                }
            }
            for member in StaleLock.members(table.present("pypi-dependencies")) {
                guard let name = member.name.string, let normal = try? PyPIName(name) else { continue }
                // One that a conda package brings is locked as that.
                if python.contains(normal) || conda.keys.contains(where: { $0.text == normal.text }) { continue }
                result.append("the PyPI dependency '\(name)' is not locked in \(place)")
            }
        }
        return result
    }
}
