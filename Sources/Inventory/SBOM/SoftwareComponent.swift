/// Software that is a part of another one, for example a library that is linked into an executable.
public struct SoftwareComponent: Sendable, Equatable {
    /// The name of the source package in its distribution.
    public var name: String
    /// The version, with the distribution's revision if it has one.
    public var version: String
    /// An SPDX expression; nil if not known.
    public var license: String?
    /// The package URL of its source; nil if not known.
    var packageURL: String?
    /// The libraries of it that are used, by their file names.
    var libraries: [String]
    /// The binary packages of the distribution that these are from.
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
