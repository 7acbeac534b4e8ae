/// Software that another one consists of, such as a library that was linked into an executable.
public struct SoftwareComponent: Sendable, Equatable {
    /// As its distribution calls it: the source package.
    public var name: String
    /// With the distribution's own revision, if there is one.
    public var version: String
    /// An SPDX expression; nil if it is not known.
    public var license: String?
    /// The package URL of its source; nil if it is not known.
    var packageURL: String?
    /// Which of its libraries are used, by their files' names.
    var libraries: [String]
    /// The packages of the distribution they come from.
    public var packages: [Package]

    /// A binary package of a distribution.
    public struct Package: Sendable, Equatable {
        public var name: String
        public var version: String

        public init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    public init(
        name: String, version: String, license: String? = nil, packageURL: String? = nil, libraries: [String] = [],
        packages: [Package] = []
    ) {
        self.name = name
        self.version = version
        self.license = license
        self.packageURL = packageURL
        self.libraries = libraries
        self.packages = packages
    }
}
