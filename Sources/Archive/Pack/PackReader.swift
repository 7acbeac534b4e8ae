import LibC
import Support

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
