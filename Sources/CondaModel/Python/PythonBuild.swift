import Support

/// Which Python a package `python` is, by its record.
public struct PythonBuild: Sendable, Equatable {
    /// Which implementation of Python it is. Wheels with compiled parts are made for one of them.
    public enum Implementation: Sendable, Equatable {
        case cPython
        /// With the version of PyPy's own interface, as in `pypy39_pp73`; nil if the build does not tell.
        case pyPy(interface: String?)
        case graalPy
    }

    public let implementation: Implementation
    /// Whether it has no global lock (PEP 703).
    public let isFreeThreaded: Bool

    /// conda-forge names the ABI at the end of the build: `0_cp313t`, `1_73_pypy`, `0_graalpy242_311_native`.
    public init(_ record: PackageRecord) {
        let parts = record.build.split(separator: "_")
        if parts.contains(where: { $0.hasPrefix("graalpy") }) {
            implementation = .graalPy
        } else if let place = parts.firstIndex(of: "pypy") {
            let number = place > parts.startIndex ? String(parts[place - 1]) : ""
            let isNumber = !number.isEmpty && number.utf8.allSatisfy { isASCIIDigit($0) }
            implementation = .pyPy(interface: isNumber ? number : nil)
        } else {
            implementation = .cPython
        }
        if let path = record.pythonSitePackagesPath {
            isFreeThreaded = path.hasSuffix("t/site-packages")
        } else {
            isFreeThreaded =
                parts.last.map { part in
                    part.hasPrefix("cp3") && part.utf8.last == UInt8(ascii: "t")
                        && part.dropFirst(2).dropLast().utf8.allSatisfy { isASCIIDigit($0) }
                } ?? false
        }
    }
}
