import Archive
import CondaModel
import Support

/// `pixi-pack.json`: which form a pack has and what it was made for (spec install §1.1).
public struct PackManifest: Sendable, Equatable {
    public let platform: Platform
    /// The version of the program that made the pack, if it says so.
    public let producer: String?

    /// What the pack says of its own members; nil if it says nothing, as those of the original.
    public let contents: PackContents?

    /// What a delta pack builds on; empty for whole packs.
    var required: [PackContents.Requirement] { contents?.required ?? [] }
    /// Whether the pack brings a part of its packages only.
    public var isDelta: Bool { contents?.required != nil }

    private static let supportedVersion = "1"

    /// Reads and checks the manifest; the version of the form counts before the platform.
    ///
    /// - Throws: `Failure` saying what is wrong with the manifest.
    public init(of pack: PackReader) throws {
        guard let member = pack["pixi-pack.json"] else {
            throw Failure(
                "'\(pack.path)' is no pack: it has no pixi-pack.json",
                remedy: "Name a file or folder pixi-pack has made.")
        }
        let root = try describing(
            "could not read pixi-pack.json of '\(pack.path)'",
            remedy: "Get the pack again, or pack the environment again."
        ) {
            let root = try JSONDocument(try member.open().readAll(limit: 64 << 20)).root
            guard root.isObject else { throw Failure("expected a map, found \(root.kindName)") }
            return root
        }
        guard let version = root["version"]?.string else {
            throw Failure(
                "pixi-pack.json of '\(pack.path)' has no `version` that is a string",
                remedy: "Get the pack again, or pack the environment again.")
        }
        guard version == Self.supportedVersion || version == DeltaBase.version else {
            throw Failure(
                "unsupported version '\(version)' of the pack '\(pack.path)': "
                    + "this program reads version '\(Self.supportedVersion)'",
                remedy: "Unpack it with the release of pixi-unpack it was made for.")
        }
        guard let name = root["platform"]?.string else {
            throw Failure(
                "pixi-pack.json of '\(pack.path)' has no `platform` that is a string",
                remedy: "Get the pack again, or pack the environment again.")
        }
        platform = try describing(
            "could not read pixi-pack.json of '\(pack.path)'",
            remedy: "Get the pack again, or pack the environment again."
        ) { try Platform(parsing: name) }
        producer = root["pixi-pack-version"]?.string
        contents = try describing("'\(pack.path)' is damaged") {
            let contents = try PackContents.read(root)
            if version == DeltaBase.version && contents?.required == nil {
                throw Failure("a delta pack that does not say what it requires")
            }
            return contents
        }
    }

    /// - Parameter isChecked: whether all platforms but this program's are refused, else only those whose environments
    ///   it cannot lay out: Windows has others.
    /// - Throws: `Failure` if the pack was made for another platform than this program.
    public func requireCurrentPlatform(isChecked: Bool = true) throws {
        guard platform == .current || (!isChecked && platform.isWindows == Platform.current.isWindows) else {
            throw Failure(
                "the pack was made for the platform '\(platform.rawValue)', this is '\(Platform.current.rawValue)'",
                remedy: "Pack the environment with --platform \(Platform.current.rawValue).")
        }
    }
}
