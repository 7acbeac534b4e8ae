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
        /// It lies elsewhere, and is brought when it is needed.
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

/// Brings the content of members that are not at hand: from a registry, or a part of a file behind a URL.
public protocol PackContentSource: AnyObject, Sendable {
    /// Whether bringing means to fetch.
    var isRemote: Bool { get }
    /// Brings several, side by side.
    func bring(_ numbers: [Int]) throws
    /// The content; brings it unless it is there.
    func open(_ number: Int) throws -> FileSlice
}

/// A pack opened for reading: its members by name, with nothing extracted (docs/spec/install.md#pack).
///
///     let pack = try PackReader.open("environment.tar")
///     let metadata = try pack["pixi-pack.json"]?.open().readAll()
///
/// A pack is a tar, a directory of the same layout, or a tar inside another file (`environment.sh`).
public struct PackReader: Sendable {
    /// Where the pack comes from, for messages.
    public let path: ByteString
    /// All files, sorted by name.
    public let members: [PackMember]
    /// All directories, including those that are only known from the name of a member.
    public let directories: Set<RelativePath>
    private let byName: [RelativePath: Int]

    private init(path: ByteString, members: [PackMember], directories: Set<RelativePath>) {
        self.path = path
        self.members = members.sorted { $0.name < $1.name }
        self.directories = directories
        var byName: [RelativePath: Int] = Dictionary(minimumCapacity: members.count)
        for (index, member) in self.members.enumerated() { byName[member.name] = index }
        self.byName = byName
    }

    /// Opens a plain tar or a directory.
    ///
    /// - Throws: `Failure` if there is nothing at the path, or if the tar is damaged or cut off. For a tar that is cut
    ///   off, the message says which member needs how many bytes and how many are there.
    public static func open(_ path: ByteString) throws -> PackReader {
        try describing("could not open pack '\(path)'", remedy: "Name a file or folder that pixi-pack has made.") {
            if try describingDenial(of: path, { try Sys.stat(path).st_mode & S_IFMT == S_IFDIR }) {
                return try readDirectory(path)
            }
            let file = try describingDenial(of: path) { try File.open(path) }
            return try read(try file.slice())
        }
    }

    /// Opens a tar whose parts come when they are read.
    ///
    /// - Parameters:
    ///   - tar: a file of the whole size, in which what has come is.
    ///   - prepare: called with offset and length of what is about to be read.
    ///   - member: makes a member of what lies there.
    public static func open(
        _ tar: FileSlice, called path: ByteString, prepare: @escaping (Int64, Int64) throws -> Void,
        member: (RelativePath, FileSlice) -> PackMember
    ) throws -> PackReader {
        try describing("could not open pack '\(path)'", remedy: "Name a pack that pixi-pack has made.") {
            if tar.length == 0 { throw Failure("the file is empty") }
            let index = try TarIndex(tar, prepare: prepare)
            return PackReader(
                path: path, members: index.members.map { member($0.name, $0.data) }, directories: index.directories)
        }
    }

    /// Opens a tar that is a file, or a part of one.
    public static func open(_ tar: FileSlice) throws -> PackReader {
        try describing(
            "could not open pack '\(tar.file.path)'", remedy: "Name a file or folder that pixi-pack has made."
        ) { try read(tar) }
    }

    /// A pack of members from wherever they are.
    ///
    /// - Parameter path: what messages call it.
    public init(path: ByteString, members: [PackMember]) {
        var directories: Set<RelativePath> = []
        for member in members {
            var parent = member.name.parent
            while let directory = parent, directories.insert(directory).inserted { parent = directory.parent }
        }
        self.init(path: path, members: members, directories: directories)
    }

    /// The pack with the hashes of members that were hashed while it came.
    public func knowing(_ digest: (FileSlice) -> SHA256Digest?) -> PackReader {
        let members = members.map { member in member.known((try? member.open()).flatMap(digest)) }
        return PackReader(path: path, members: members, directories: directories)
    }

    /// The pack without some of its members.
    public func leaving(out names: Set<RelativePath>) -> PackReader {
        PackReader(path: path, members: members.filter { !names.contains($0.name) }, directories: directories)
    }

    /// A pack that consists of some of the members, under the given names.
    public func selecting(_ selection: [(member: PackMember, name: RelativePath)]) -> PackReader {
        var directories: Set<RelativePath> = []
        for entry in selection {
            var parent = entry.name.parent
            while let directory = parent, directories.insert(directory).inserted { parent = directory.parent }
        }
        return PackReader(path: path, members: selection.map { $0.member.renamed($0.name) }, directories: directories)
    }

    /// The member of that name.
    public subscript(name: RelativePath) -> PackMember? { byName[name].map { members[$0] } }

    /// The member of that name; nil if there is none or the name is unsafe.
    public subscript(name: String) -> PackMember? { (try? RelativePath(ByteString(name))).flatMap { self[$0] } }

    private static func read(_ slice: FileSlice) throws -> PackReader {
        if slice.length == 0 { throw Failure("the file is empty") }
        let index = try TarIndex(slice)
        return PackReader(
            path: slice.file.path, members: index.members.map { PackMember(name: $0.name, data: $0.data) },
            directories: index.directories)
    }

    private static func readDirectory(_ path: ByteString) throws -> PackReader {
        var members: [PackMember] = []
        var directories: Set<RelativePath> = []
        // Only the places where a pack has files are read: a wrong directory may be large, and walking all of it would
        // take long.
        func visit(_ directory: ByteString, prefix: RelativePath?, depth: Int) throws {
            for entry in try Sys.list(directory) {
                let name = try prefix.map { $0.appending(try RelativePath(entry)) } ?? RelativePath(entry)
                let full = directory.appending(path: entry)
                // A dangling link counts as no file.
                guard let status = try? Sys.stat(full) else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFREG: members.append(PackMember(name: name, path: full, size: Int64(status.st_size)))
                case S_IFDIR where depth > 0 || entry == "channel" || entry == "pypi":
                    directories.insert(name)
                    if depth < 2 { try visit(full, prefix: name, depth: depth + 1) }
                default: break
                }
            }
        }
        try visit(path, prefix: nil, depth: 0)
        return PackReader(path: path, members: members, directories: directories)
    }
}
