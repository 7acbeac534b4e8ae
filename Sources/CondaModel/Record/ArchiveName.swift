import Support

/// The file name of a package: `<name>-<version>-<build>.<extension>` (docs/spec/lock.md#derived).
public struct ArchiveName: Hashable, Sendable {
    /// The format of a package's file.
    public enum Kind: String, Sendable, Comparable {
        case conda = ".conda"
        case tarBz2 = ".tar.bz2"
        /// Only locks of version 7 name wheels.
        case wheel = ".whl"

        public static func < (left: Kind, right: Kind) -> Bool { left.order < right.order }
        private var order: Int { self == .conda ? 0 : self == .tarBz2 ? 1 : 2 }
    }

    public let name: String
    public let version: String
    public let build: String
    public let kind: Kind

    init(name: String, version: String, build: String, kind: Kind) {
        self.name = name
        self.version = version
        self.build = build
        self.kind = kind
    }

    /// Nil if the text has no known extension, or fewer than two hyphens.
    public init?(_ fileName: String, acceptingWheels: Bool = false) {
        var kinds: [Kind] = [.conda, .tarBz2]
        if acceptingWheels { kinds.append(.wheel) }
        let bytes = Array(fileName.utf8)
        let ending: (Kind) -> Bool = { bytes.suffix($0.rawValue.utf8.count).elementsEqual($0.rawValue.utf8) }
        guard let kind = kinds.first(where: ending) else {
            return nil
        }
        let stem = bytes.dropLast(kind.rawValue.utf8.count)
        let hyphen = UInt8(ascii: "-")
        guard let last = stem.lastIndex(of: hyphen), let middle = stem[..<last].lastIndex(of: hyphen) else {
            return nil
        }
        name = String(decoding: stem[..<middle], as: UTF8.self)
        version = String(decoding: stem[(middle + 1)..<last], as: UTF8.self)
        build = String(decoding: stem[(last + 1)...], as: UTF8.self)
        self.kind = kind
    }

    /// The name of the file.
    var fileName: String { "\(name)-\(version)-\(build)\(kind.rawValue)" }
}
