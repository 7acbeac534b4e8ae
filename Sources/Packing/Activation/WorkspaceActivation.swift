import CondaModel
import Support

/// `[activation]` of a workspace's manifest for one environment and platform, merged as pixi merges it.
public struct WorkspaceActivation: Sendable, Equatable {
    public struct Variable: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    /// Sorted by name.
    public let variables: [Variable]
    /// Paths relative to the manifest, in the order they run.
    public let scripts: [String]

    public var isEmpty: Bool { variables.isEmpty && scripts.isEmpty }

    /// Merges the features of the environment. Scripts: of each feature those of its most specific target, the default
    /// feature last. Variables: the first feature that sets one wins, in it the most specific target.
    ///
    /// - Parameter manifest: the root of pixi.toml, or `tool.pixi` of pyproject.toml.
    public init(manifest: JSONValue, environment: String, platform: Platform) {
        var variables: [ByteString: Variable] = [:]
        var scripts: [String] = []
        for feature in WorkspaceActivation.features(of: environment, in: manifest) {
            let activations = WorkspaceActivation.targets(of: feature, platform).compactMap { $0.present("activation") }
            if let list = activations.compactMap({ $0.present("scripts")?.elements }).first {
                scripts += list.compactMap(\.string)
            }
            for activation in activations {
                guard let members = activation.present("env")?.members else { continue }
                for member in members where variables[member.name] == nil {
                    guard let name = member.name.string, let value = member.value.string else { continue }
                    variables[member.name] = Variable(name: name, value: value)
                }
            }
        }
        self.variables = variables.sorted { $0.key < $1.key }.map(\.value)
        self.scripts = scripts
    }

    /// The environment's own features in order, the default one last.
    private static func features(of environment: String, in manifest: JSONValue) -> [JSONValue] {
        let declared = member(environment, of: manifest.present("environments"))
        let names = declared?.elements ?? declared?.present("features")?.elements
        let own = (names.map { Array($0) } ?? []).compactMap { $0.string }
            .compactMap { member($0, of: manifest.present("feature")) }
        return declared?.present("no-default-feature")?.bool == true ? own : own + [manifest]
    }

    /// The parts of a feature that count for a platform, the most specific one first.
    private static func targets(of feature: JSONValue, _ platform: Platform) -> [JSONValue] {
        var names = [platform.rawValue]
        if platform.isLinux { names.append("linux") }
        if platform.isMacOS { names += ["osx", "macos"] }
        if platform.isWindows { names.append("win") } else { names.append("unix") }
        return names.compactMap { member($0, of: feature.present("target")) } + [feature]
    }

    private static func member(_ name: String, of object: JSONValue?) -> JSONValue? {
        object?.members?.first { $0.name == ByteString(name) }?.value
    }
}
