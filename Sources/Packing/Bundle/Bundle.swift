import Archive
import CondaModel
import Support

/// A pack that holds several environments, their packages stored once (docs/format.md).
///
/// At the top lie `pixi-pack.json` with the list of environments, and `channel` and `pypi` with all packages. What
/// belongs to one environment lies in a folder of its own: a plain pack without the packages, whose pixi-pack.json lists
/// them.
enum Bundle {
    /// An environment of a bundle.
    struct Environment: Sendable, Equatable {
        let name: String
        let platform: Platform

        /// Where its own files lie.
        var folder: RelativePath {
            get throws { try RelativePath(ByteString("environments/\(name)-\(platform.rawValue)")) }
        }
        var title: String { "\(name) (\(platform.rawValue))" }
    }

    /// The plain pack of one environment; a plain pack as it is.
    ///
    /// - Parameters:
    ///   - form: of the pack.
    ///   - environment: nil for the only environment of the platform, or the one called `default`.
    /// - Throws: `Failure` naming what is there to choose from.
    static func select(
        from pack: PackReader, _ form: PackManifest.Form, environment wanted: String?, platform: Platform = .current
    ) throws -> PlainPack {
        switch form {
        case .plain(let manifest), .delta(let manifest):
            if let wanted { try require(manifest, of: pack, is: wanted) }
            return PlainPack(reader: pack, manifest: manifest)
        case .bundle(let environments):
            return try BundleMembers(of: pack).plain(choose(wanted, platform, environments, pack.path))
        }
    }

    /// What a delta builds on: a plain pack as it is, of a bundle the environment of the delta's name and platform.
    static func base(in pack: PackReader, for delta: PackManifest) throws -> PackReader {
        guard case .bundle(let environments) = try PackManifest.form(of: pack) else { return pack }
        let found = try choose(delta.contents?.environment, delta.platform, environments, pack.path)
        return try BundleMembers(of: pack).plain(found).reader
    }

    /// Every environment as a plain pack, for those who only look: a plain pack has one, a bundle those of the wanted
    /// name or all.
    ///
    /// - Throws: `Failure` naming what is there if nothing has the name.
    static func all(in pack: PackReader, environment wanted: String? = nil) throws -> [PlainPack] {
        let environments: [Environment]
        switch try PackManifest.form(of: pack) {
        case .plain(let manifest), .delta(let manifest):
            if let wanted { try require(manifest, of: pack, is: wanted) }
            return [PlainPack(reader: pack, manifest: manifest)]
        case .bundle(let found): environments = found
        }
        let chosen = environments.filter { wanted?.utf8.elementsEqual($0.name.utf8) ?? true }
        if chosen.isEmpty {
            let list = environments.map(\.title).listed()
            throw Failure(
                "the bundle '\(pack.path)' has no environment '\(wanted ?? "")'; it holds \(list)",
                remedy: "Choose one of these with --environment NAME.", kind: .notFound)
        }
        let members = try BundleMembers(of: pack)
        return try chosen.map { try members.plain($0) }
    }

    private static func choose(
        _ wanted: String?, _ platform: Platform, _ environments: [Environment], _ path: ByteString
    ) throws -> Environment {
        let candidates = environments.filter { environment in
            environment.platform == platform && wanted.map { $0.utf8.elementsEqual(environment.name.utf8) } ?? true
        }
        if candidates.count == 1 { return candidates[0] }
        if let found = candidates.first(where: { $0.name == "default" }) { return found }
        let list = environments.map(\.title).listed()
        if candidates.isEmpty {
            let name: Message = wanted.map { "the environment '\($0)'" } ?? "an environment"
            throw Failure(
                "the bundle '\(path)' does not hold \(name) for \(platform.rawValue); it holds \(list)",
                remedy: "Choose one of these with --environment NAME, or pack with --platform.")
        }
        throw Failure(
            "the bundle '\(path)' holds several environments: \(list)", remedy: "Choose one with --environment NAME.")
    }

    /// A plain pack has one environment; it may know its name.
    private static func require(_ manifest: PackManifest, of pack: PackReader, is wanted: String) throws {
        guard let contents = manifest.contents, !contents.environment.utf8.elementsEqual(wanted.utf8) else { return }
        throw Failure(
            "the pack '\(pack.path)' holds the environment '\(contents.environment)', not '\(wanted)'",
            remedy: "Leave --environment out, or name another pack.")
    }
}
