import CondaModel
import Support

/// What a pack, or an environment to be packed, consists of: for people who ask, and for programs.
public struct Inventory: Sendable, Equatable {
    /// A package or wheel; what is not known is nil.
    public struct Item: Sendable, Equatable {
        public enum Kind: String, Sendable {
            case conda
            /// A wheel.
            case pypi
        }

        public var kind: Kind
        /// As its index writes it; wheels in normal form (PEP 503).
        public var name: String
        public var version: String
        /// Nil for wheels.
        public var build: String?
        /// Nil for wheels.
        public var subdir: String?
        /// Whether its modules are for any Python (`noarch: python`).
        public var isForAnyPython = false
        /// The path in the pack: `channel/<subdir>/<file>` or `pypi/<file>`.
        public var path: RelativePath
        /// Bytes of the archive.
        public var size: Int64?
        /// Bytes of the files it installs, as its metadata says.
        public var installedSize: Int64?
        public var license: String?
        public var sha256: SHA256Digest?
        public var md5: MD5Digest?
        /// Match specs, or for wheels requirements (PEP 508).
        public var depends: [String] = []
        /// Package URLs its index gives; nil if it gives none.
        public var purls: [String]?
        /// When it was built, in milliseconds since 1970.
        public var timestamp: Int64?
        /// Where it was fetched from, without secrets.
        public var location: String?

        public init(kind: Kind, name: String, version: String, path: RelativePath) {
            self.kind = kind
            self.name = name
            self.version = version
            self.path = path
        }

        /// `name version build`.
        var title: String { ([name, version] + (build.map { [$0] } ?? [])).joined(separator: " ") }
    }

    /// The name in the lock file; nil for packs that do not tell.
    public var environment: String?
    public var platform: Platform
    /// By name, conda packages before wheels of one name.
    public let items: [Item]
    /// Bytes of the pack's files that are no packages.
    public var otherSize: Int64 = 0
    /// For a delta pack: how many of the packages are in it; nil for whole packs.
    public var delta: Int?

    public init(environment: String?, platform: Platform, items: [Item]) {
        self.environment = environment
        self.platform = platform
        self.items = items.sorted { left, right in
            if left.name.utf8.elementsEqual(right.name.utf8) { return left.path < right.path }
            return ByteString(left.name) < ByteString(right.name)
        }
    }

    /// Bytes of all archives whose size is known.
    public var size: Int64 { items.reduce(0) { $0 &+ ($1.size ?? 0) } }

    /// Bytes all of them install; nil if that is not known of one.
    public var installedSize: Int64? {
        items.reduce(Int64?.some(0)) { sum, item in sum.flatMap { sum in item.installedSize.map { sum &+ $0 } } }
    }

    /// The version of the environment's Python, if it has one.
    public var python: String? {
        items.first { $0.kind == .conda && $0.name.utf8.elementsEqual("python".utf8) }?.version
    }

    /// The packages by their licence, the most frequent first; nil is "none given" and comes last.
    public var byLicense: [(license: String?, items: [Item])] {
        Dictionary(grouping: items) { $0.license.map { ByteString($0) } }
            .sorted { left, right in
                guard let first = left.key, let second = right.key else { return left.key != nil }
                return left.value.count == right.value.count ? first < second : left.value.count > right.value.count
            }
            .map { ($0.key?.lossyString, $0.value) }
    }
}
