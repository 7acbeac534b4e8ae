import CondaModel
import Support

/// The features of an environment as a manifest declares them.
enum WorkspaceFeatures {
    /// The environment's own features in order, the default one last.
    static func features(of environment: String, in manifest: JSONValue) -> [JSONValue] {
        let declared = member(environment, of: manifest.present("environments"))
        let names = declared?.elements ?? declared?.present("features")?.elements
        let own = (names.map { Array($0) } ?? []).compactMap { $0.string }
            .compactMap { member($0, of: manifest.present("feature")) }
        return declared?.present("no-default-feature")?.bool == true ? own : own + [manifest]
    }

    /// The parts of a feature that count for a platform, the most specific one first.
    static func targets(of feature: JSONValue, _ platform: Platform) -> [JSONValue] {
        var names = [platform.rawValue]
        if platform.isLinux { names.append("linux") }
        if platform.isMacOS { names += ["osx", "macos"] }
        if platform.isWindows { names.append("win") } else { names.append("unix") }
        return names.compactMap { member($0, of: feature.present("target")) } + [feature]
    }

    static func member(_ name: String, of object: JSONValue?) -> JSONValue? {
        object?.members?.first { $0.name == ByteString(name) }?.value
    }
}
