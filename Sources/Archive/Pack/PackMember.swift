import LibC
import Support

/// One file of a pack.
public struct PackMember: Sendable {
    /// The path in the pack.
    public let name: RelativePath
    /// Size of the content in bytes.
    public let size: Int64
    private let place: Place
    private let digest: SHA256Digest?

    private enum Place: Sendable {
        case slice(FileSlice)
        case file(path: ByteString)
        /// Its content lies elsewhere, and is brought when it is needed.
        case elsewhere(any PackContentSource, Int)
        /// The pack does not have it.
        case none
    }

    /// A member that should be in the pack and is not; it cannot be opened.
    public static func absent(_ name: RelativePath, size: Int64) -> PackMember {
        PackMember(name: name, size: size, place: .none)
    }

    /// A member whose content is brought when it is needed.
    ///
    /// - Parameter number: what the source knows it by.
    public init(name: RelativePath, size: Int64, from source: any PackContentSource, number: Int) {
        self.init(name: name, size: size, place: .elsewhere(source, number))
    }

    /// Whether opening it may mean to bring it.
    public var isElsewhere: Bool {
        if case .elsewhere(let source, _) = place { source.isRemote } else { false }
    }

    /// Brings the content of all that lie elsewhere, at once.
    public static func bring(_ members: [PackMember]) throws {
        var sources: [ObjectIdentifier: (source: any PackContentSource, numbers: [Int])] = [:]
        for member in members {
            guard case .elsewhere(let source, let number) = member.place else { continue }
            sources[ObjectIdentifier(source), default: (source, [])].numbers.append(number)
        }
        for entry in sources.values { try entry.source.bring(entry.numbers) }
    }

    /// A member whose content is given.
    public init(name: RelativePath, data: FileSlice) {
        self.init(name: name, size: data.length, place: .slice(data))
    }

    init(name: RelativePath, path: ByteString, size: Int64) {
        self.init(name: name, size: size, place: .file(path: path))
    }

    /// The same content under another name.
    func renamed(_ name: RelativePath) -> PackMember {
        PackMember(name: name, size: size, place: place, digest: digest)
    }

    /// The same member, whose content was hashed before and is not read for that again.
    func known(_ digest: SHA256Digest?) -> PackMember {
        PackMember(name: name, size: size, place: place, digest: digest)
    }

    private init(name: RelativePath, size: Int64, place: Place, digest: SHA256Digest? = nil) {
        self.name = name
        self.size = size
        self.place = place
        self.digest = digest
    }

    /// The hash of the content.
    public func sha256() throws -> SHA256Digest { try digest ?? open().sha256() }

    /// The content. If the pack is a directory this opens the file, so keep it only as long as you need it.
    public func open() throws -> FileSlice {
        switch place {
        case .slice(let slice): return slice
        case .file(let path): return try File.open(path).slice()
        case .elsewhere(let source, let number): return try source.open(number)
        case .none: throw Failure("the pack has no '\(name)'")
        }
    }
}
