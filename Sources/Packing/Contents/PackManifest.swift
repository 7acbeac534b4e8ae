import Archive
import CondaModel
import Support

/// What `pixi-pack.json` says of the pack of one environment: what it was made for and which files it has. Whether
/// something is a pack, and of which form, is decided and written here and nowhere else (docs/format.md).
struct PackManifest: Sendable, Equatable {
    /// What there is of packs.
    enum Form: Sendable, Equatable {
        /// A whole environment.
        case plain(PackManifest)
        /// What a base lacks.
        case delta(PackManifest)
        case bundle([Bundle.Environment])
    }

    let platform: Platform
    /// The version of the program that made the pack, if it says so.
    let producer: String?

    /// What the pack says of its own members; nil if it says nothing, as those of the original.
    let contents: PackContents?

    /// What a delta pack builds on; empty for whole packs.
    var required: [PackContents.Requirement] { contents?.required ?? [] }
    /// Whether the pack brings a part of its packages only.
    var isDelta: Bool { contents?.required != nil }

    static let fileName: ByteString = "pixi-pack.json"

    /// What `version` says of each form; the original knows the first.
    private enum Version: String {
        case plain = "1"
        case delta = "delta-1"
        case bundle = "bundle-1"
    }

    /// Reads and checks the manifest of a pack with one environment.
    ///
    /// - Throws: `Failure` saying what is wrong with the manifest.
    init(of pack: PackReader) throws {
        switch try PackManifest.form(of: pack) {
        case .plain(let manifest), .delta(let manifest): self = manifest
        case .bundle:
            throw Failure(
                "'\(pack.path)' is a bundle of several environments, where the pack of one is expected",
                remedy: "Choose one with --environment NAME.")
        }
    }

    /// What a pack is; the version of its form counts before all else.
    ///
    /// - Throws: `Failure` if it is no pack, of a form this program does not know, or its manifest is damaged.
    static func form(of pack: PackReader) throws -> Form {
        guard let member = try pack[RelativePath(fileName)] else { throw noPack(pack.path) }
        let root = try describing("could not read pixi-pack.json of '\(pack.path)'", remedy: .getPackAgain) {
            let root = try JSONDocument(try member.document()).root
            guard root.isObject else { throw Failure("expected a map, found \(root.kindName)") }
            return root
        }
        guard let version = root["version"]?.string else {
            throw Failure("pixi-pack.json of '\(pack.path)' has no `version` that is a string", remedy: .getPackAgain)
        }
        switch Version(rawValue: version) {
        case .plain: return .plain(try PackManifest(root, of: pack, isDelta: false))
        case .delta: return .delta(try PackManifest(root, of: pack, isDelta: true))
        case .bundle:
            return .bundle(
                try describing("could not read pixi-pack.json of '\(pack.path)'", remedy: .getPackAgain) {
                    try environments(root)
                })
        case nil:
            throw Failure(
                "unsupported version '\(version)' of the pack '\(pack.path)': "
                    + "this program reads version '\(Version.plain.rawValue)'",
                remedy: "Unpack it with the release of pixi-unpack it was made for.")
        }
    }

    /// The environments of a bundle.
    private static func environments(_ root: JSONValue) throws -> [Bundle.Environment] {
        guard let elements = root["environments"]?.elements else { throw Failure("missing field `environments`") }
        return try elements.map { element in
            guard let name = element["name"]?.string, let platform = element["platform"]?.string else {
                throw Failure("an environment has no name and platform")
            }
            return Bundle.Environment(name: name, platform: try Platform(parsing: platform))
        }
    }

    private static func noPack(_ path: ByteString) -> Failure {
        if PackSource.path(path).isEnvironment {
            return Failure(
                "'\(path)' is an environment, not a pack",
                remedy: "Check it with 'pixi-unpack verify \(path)', or pack it with 'pixi-pack --prefix \(path)'.")
        }
        return Failure(
            "'\(path)' is no pack: it has no pixi-pack.json", remedy: "Name a file or folder pixi-pack has made.")
    }

    private init(_ root: JSONValue, of pack: PackReader, isDelta: Bool) throws {
        guard let name = root["platform"]?.string else {
            throw Failure("pixi-pack.json of '\(pack.path)' has no `platform` that is a string", remedy: .getPackAgain)
        }
        platform = try describing("could not read pixi-pack.json of '\(pack.path)'", remedy: .getPackAgain) {
            try Platform(parsing: name)
        }
        producer = root["pixi-pack-version"]?.string
        contents = try describing("'\(pack.path)' is damaged") {
            let contents = try PackContents.read(root)
            if isDelta && contents?.required == nil {
                throw Failure("a delta pack that does not say what it requires")
            }
            return contents
        }
    }

    /// The manifest of a pack that is being made.
    ///
    /// - Parameters:
    ///   - producer: the version of this program.
    ///   - contents: our own addition, which the original ignores; nil leaves it out.
    init(platform: Platform, producer: String, contents: PackContents? = nil) {
        self.platform = platform
        self.producer = producer
        self.contents = contents
    }

    /// The text of `pixi-pack.json` of a pack with one environment (docs/spec/lock.md#pixi-pack-json).
    func render() -> [UInt8] {
        PackManifest.render(isDelta ? .delta : .plain, producer) { writer in
            writer.member("platform", platform.rawValue)
            if let contents {
                writer.key("contents")
                writer.object { contents.writeMembers(to: &$0) }
            }
        }
    }

    /// The text of `pixi-pack.json` at the top of a bundle.
    static func render(bundle environments: [Bundle.Environment], producer: String) -> [UInt8] {
        render(.bundle, producer) { writer in
            writer.objects("environments", environments) { writer, environment in
                writer.member("name", environment.name)
                writer.member("platform", environment.platform.rawValue)
            }
        }
    }

    private static func render(
        _ version: Version, _ producer: String?, _ members: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("version", version.rawValue)
            writer.member("pixi-pack-version", producer)
            members(&writer)
        }
        return writer.bytes
    }

    /// What the platform of a pack has to have in common with that of this program.
    enum PlatformDemand {
        /// All: what is unpacked is to run here.
        case same
        /// The way environments are laid out, which is another one on Windows.
        case sameLayout
    }

    /// - Throws: `Failure` if the pack was made for a platform that does not fit this program's.
    func requirePlatform(_ demand: PlatformDemand) throws {
        let fits = demand == .sameLayout && platform.isWindows == Platform.current.isWindows
        guard platform == .current || fits else {
            throw Failure(
                "the pack was made for the platform '\(platform.rawValue)', this is '\(Platform.current.rawValue)'",
                remedy: "Pack the environment with --platform \(Platform.current.rawValue).", kind: .hostCheck)
        }
    }
}
