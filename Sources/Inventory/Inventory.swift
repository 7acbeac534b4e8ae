import CondaModel
import Support

/// What a pack, or an environment to be packed, consists of, for people and for programs.
public struct Inventory: Sendable, Equatable {
    /// A package or a wheel. Values that are not known are nil.
    public struct Item: Sendable, Equatable {
        public enum Kind: String, Sendable {
            case conda
            /// A wheel.
            case pypi
        }

        public var name: PackageName
        public var version: String
        /// Nil for wheels.
        public var build: String?
        /// Nil for wheels.
        public var subdir: String?
        /// Whether its modules work with every Python (`noarch: python`).
        public var isForAnyPython = false
        /// The path in the pack: `channel/<subdir>/<file>` or `pypi/<file>`.
        public var path: RelativePath
        /// The size of the archive in bytes.
        public var size: Int64?
        /// The size of the files it installs in bytes, by its metadata.
        public var installedSize: Int64?
        public var license: String?
        public var sha256: SHA256Digest?
        public var md5: MD5Digest?
        /// Match specs; for wheels requirements (PEP 508).
        public var depends: [String] = []
        /// The package URLs in its index; nil if the index has none.
        public var purls: [String]?
        /// When it was built, in milliseconds since 1970.
        public var timestamp: Int64?
        /// Where it was fetched from, without secrets.
        public var location: String?
        /// The channel, if the pack tells it.
        public var channelURL: String?

        public init(name: PackageName, version: String, path: RelativePath) {
            self.name = name
            self.version = version
            self.path = path
        }

        public var kind: Kind { name.conda != nil ? .conda : .pypi }

        /// `name version build`.
        var title: String { ([name.text, version] + (build.map { [$0] } ?? [])).joined(separator: " ") }
    }

    /// How a set came about, as far as it tells.
    public struct Origin: Sendable, Equatable {
        /// A package that is not there, or not as the lock file has it.
        public struct Note: Sendable, Equatable {
            public var name: String
            public var source: String
            /// Why it was left out; nil for what was built.
            public var reason: String?

            public init(name: String, source: String, reason: String? = nil) {
                self.name = name
                self.source = source
                self.reason = reason
            }
        }

        /// Name and version of the program.
        public var createdBy: String?
        public var lockSHA256: SHA256Digest?
        public var workspace: String?
        public var workspaceVersion: String?
        public var leftOut: [Note] = []
        /// File names.
        public var injected: [String] = []
        public var built: [Note] = []
        /// The file of a signature that lies beside the pack; nobody checked it.
        public var signature: String?
        /// Whose signature that is.
        public var signedBy: String?

        public init() {}
    }

    /// The name in the lock file; nil for packs that do not give it.
    public var environment: String?
    public var platform: Platform
    /// Sorted by name; a conda package comes before a wheel of the same name.
    public let items: [Item]
    /// The size of those files of the pack that are not packages, in bytes.
    public var otherSize: Int64 = 0
    /// How many of the packages a delta pack contains; nil for packs that contain all.
    public var delta: Int?
    /// Where the packages are, if they are installed in an image in the pack.
    public var image: Image?
    public var origin = Origin()

    /// A SquashFS with the environment.
    public struct Image: Sendable, Equatable {
        /// The path it is for.
        public var prefix: ByteString
        /// In bytes.
        public var size: Int64

        public init(prefix: ByteString, size: Int64) {
            self.prefix = prefix
            self.size = size
        }
    }

    public init(environment: String?, platform: Platform, items: [Item]) {
        self.environment = environment
        self.platform = platform
        self.items = items.sorted { left, right in
            left.name == right.name ? left.path < right.path : left.name < right.name
        }
    }

    /// The size of all archives in bytes, as far as it is known.
    public var size: Int64 { items.reduce(0) { $0 &+ ($1.size ?? 0) } }

    /// The size of everything they install in bytes; nil if it is not known for one of them.
    public var installedSize: Int64? {
        items.reduce(Int64?.some(0)) { sum, item in sum.flatMap { sum in item.installedSize.map { sum &+ $0 } } }
    }

    /// The version of the environment's Python, if it has one.
    public var python: String? {
        items.first { $0.name == .conda(.python) }?.version
    }

    /// The packages by licence, the most frequent licence first. Nil stands for packages that give none, and comes
    /// last.
    public var byLicense: [(license: String?, items: [Item])] {
        Dictionary(grouping: items) { $0.license.map { ByteString($0) } }
            .sorted { left, right in
                guard let first = left.key, let second = right.key else { return left.key != nil }
                return left.value.count == right.value.count ? first < second : left.value.count > right.value.count
            }
            .map { ($0.key?.lossyString, $0.value) }
    }
}
