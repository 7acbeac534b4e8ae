import CondaModel
import Support

/// What a file is fetched for.
public enum FetchKind: Sendable, Equatable {
    /// A conda package; local files are copied into the cache as well.
    case conda
    /// A wheel; local files are never cached.
    case wheel
    /// The sources of a Python package that a wheel is built of.
    case sources
    /// A list of what a channel or an index has.
    case index
    /// A pixi-unpack for a self-extracting pack.
    case program
    /// A pack, or its signature.
    case pack

    /// For messages. What the original calls a file, it is called here (docs/spec/network.md).
    var noun: Message {
        switch self {
        case .conda: "package"
        case .wheel: "pypi package"
        case .sources: "source archive"
        case .index: "index"
        case .program: "program"
        case .pack: "pack"
        }
    }

    /// Whether a lock file names it, so that another lock may help if it is gone.
    var isLocked: Bool { self == .conda || self == .wheel || self == .sources }
}
