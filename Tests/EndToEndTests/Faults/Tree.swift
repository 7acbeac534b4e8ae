import LibC
import Support
import TestKit

/// Everything below a folder: kinds, modes and contents, but no times.
struct Tree: Equatable {
    enum Node: Equatable {
        case directory(mode: UInt32)
        case file(mode: UInt32, bytes: [UInt8])
        case link(ByteString)
    }

    private(set) var nodes: [ByteString: Node] = [:]

    init(of folder: ByteString) throws { try add(folder, "") }

    private mutating func add(_ path: ByteString, _ name: ByteString) throws {
        for entry in try Sys.list(path) {
            let child = path.appending(path: entry)
            let childName = name.isEmpty ? entry : name.appending(path: entry)
            let status = try Sys.stat(child, followLinks: false)
            let mode = UInt32(status.st_mode) & 0o7777
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                nodes[childName] = .directory(mode: mode)
                try add(child, childName)
            case S_IFLNK: nodes[childName] = .link(try Sys.readlink(child))
            default:
                var bytes = try File.open(child).slice().readAll()
                if childName.hasSuffix("/conda-meta/history") { bytes = Tree.notes(in: bytes) }
                nodes[childName] = .file(mode: mode, bytes: bytes)
            }
        }
    }

    /// The title and our notes: what follows tells when each run took place, and a run that was ended is one of them.
    private static func notes(in history: [UInt8]) -> [UInt8] {
        Array(history.split(separator: UInt8(ascii: "\n")).prefix(2).joined(separator: [UInt8(ascii: "\n")]))
    }

    /// Puts everything into an empty folder.
    func write(to folder: ByteString) throws {
        for name in nodes.keys.sorted() {
            let path = folder.appending(path: name)
            switch nodes[name] {
            case .directory(let mode): try Sys.mkdir(path, mode: mode_t(mode))
            case .link(let target): try Sys.symlink(target, at: path)
            case .file(let mode, let bytes):
                let descriptor = try Sys.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode_t(mode))
                defer { try? Sys.close(descriptor) }
                try bytes.withUnsafeBytes { try Sys.writeAll(descriptor, $0) }
            case nil: break
            }
        }
    }

    /// Downloads that are complete may stay in a cache, and blobs that no tag names in a layout.
    func equalsOutsideOfCaches(_ other: Tree) -> Bool {
        func outside(_ tree: Tree) -> [ByteString: Node] {
            tree.nodes.filter { !$0.key.hasPrefix("cache/") && !$0.key.hasPrefix("out/image/blobs/sha256/") }
        }
        return outside(self) == outside(other) && partialNames == other.partialNames
    }

    /// Whether nothing below a folder differs, but what begins so.
    func equals(_ other: Tree, below folder: ByteString, without start: ByteString) -> Bool {
        func part(_ tree: Tree) -> [ByteString: Node] {
            tree.nodes.filter { $0.key.hasPrefix(folder) && !$0.key.hasPrefix(start) }
        }
        return part(self) == part(other)
    }

    /// Where the other one differs, in a few words.
    func differences(from other: Tree) -> String {
        var found: [String] = []
        for name in Set(nodes.keys).union(other.nodes.keys).sorted() where nodes[name] != other.nodes[name] {
            let what = nodes[name] == nil ? "is missing" : other.nodes[name] == nil ? "is too much" : "differs"
            found.append("\(name) \(what)")
        }
        return found.prefix(5).joined(separator: ", ")
    }

    /// What bears the name of something that is not complete.
    var partialNames: [ByteString] {
        nodes.keys.filter { $0.lossyString.contains(".partial-") || $0.lossyString.contains(".old-") }.sorted()
    }
}
