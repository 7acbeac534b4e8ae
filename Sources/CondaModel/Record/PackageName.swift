import Support

/// The name of a package of an environment. Conda packages and Python packages do not share their names: `conda:numpy` and
/// `pypi:numpy` are two packages.
public enum PackageName: Hashable, Sendable {
    case conda(CondaName)
    case pypi(PyPIName)

    /// As written; of Python packages in normal form (PEP 503).
    public var text: String {
        switch self {
        case .conda(let name): name.text
        case .pypi(let name): name.text
        }
    }

    /// The name of a conda package; nil for Python packages.
    public var conda: CondaName? {
        if case .conda(let name) = self { name } else { nil }
    }

    /// The name of a Python package; nil for conda packages.
    public var pypi: PyPIName? {
        if case .pypi(let name) = self { name } else { nil }
    }
}

extension PackageName: Comparable, CustomStringConvertible {
    /// By the bytes of the name; a conda package comes before a Python package of the same name.
    public static func < (left: PackageName, right: PackageName) -> Bool {
        if left.text.utf8.elementsEqual(right.text.utf8) { return left.conda != nil && right.conda == nil }
        return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    public var description: String { text }
}
