import CondaModel
import Support

/// A package of an environment, by the lock file.
public enum LockedPackage: Sendable, Equatable {
    case conda(LockedConda)
    case condaSource(LockedSource)
    case pypi(LockedPyPI)

    /// The name of the package.
    public var name: PackageName {
        switch self {
        case .conda(let package): .conda(package.record.name)
        case .condaSource(let package): .conda(package.name)
        case .pypi(let package): .pypi(package.name)
        }
    }

    /// Where it comes from.
    public var location: PackageLocation {
        switch self {
        case .conda(let package): package.location
        case .condaSource(let package): package.location
        case .pypi(let package): package.location
        }
    }
}
