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
        for feature in WorkspaceFeatures.features(of: environment, in: manifest) {
            let activations = WorkspaceFeatures.targets(of: feature, platform).compactMap { $0.present("activation") }
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
}
