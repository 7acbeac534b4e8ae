import Archive
import Support

/// The members of a bundle, by the environments whose own they are.
struct BundleMembers {
    private let pack: PackReader
    /// By the folder of the environment: the member, and its name in the plain pack.
    private var own: [RelativePath: [(member: PackMember, name: RelativePath)]] = [:]

    init(of pack: PackReader) throws {
        self.pack = pack
        for member in pack.members {
            let components = member.name.components
            guard components.count > 2, components[0] == "environments" else { continue }
            let folder = try RelativePath(components[0].appending(path: components[1]))
            let rest = ByteString(Array(components[2...].map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
            own[folder, default: []].append((member, try RelativePath(rest)))
        }
    }

    /// An environment with the packages it shares with others.
    ///
    /// - Throws: `Failure` naming what is missing in the bundle.
    func plain(_ environment: Bundle.Environment) throws -> PlainPack {
        let folder = try environment.folder
        var selection = own[folder] ?? []
        let alone = pack.selecting(selection)
        guard try alone[RelativePath(PackManifest.fileName)] != nil else {
            throw Failure(
                "the bundle '\(pack.path)' has no '\(folder)/pixi-pack.json'", remedy: "Get the bundle again.")
        }
        let manifest = try PackManifest(of: alone)
        guard let contents = manifest.contents else {
            throw Failure(
                "'\(folder)/pixi-pack.json' of the bundle '\(pack.path)' lists no files",
                remedy: "Get the bundle again.")
        }
        for file in contents.members where alone[file.path] == nil {
            guard let member = pack[file.path] else {
                throw Failure(
                    "'\(file.path)' is missing in the bundle '\(pack.path)'", remedy: "Get the bundle again.")
            }
            selection.append((member, file.path))
        }
        return PlainPack(reader: pack.selecting(selection), manifest: manifest)
    }
}
