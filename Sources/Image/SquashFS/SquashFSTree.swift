import Archive
import Support

/// Walks the folders of a SquashFS.
struct SquashFSTree {
    /// Folders before what is in them.
    private(set) var entries: [ImageEntry] = []
    /// Of the files, by their places among the entries.
    private(set) var contents: [Int: SquashFSContent] = [:]

    private let superblock: SquashFSSuperblock
    private let metadata: SquashFSMetadata
    private let budget: DecodingBudget
    /// Folders that were read: a folder has one place, else it could contain itself.
    private var known: Set<SquashFSReference> = []
    /// Under which path a file came first; other names of it are hard links.
    private var files: [SquashFSReference: RelativePath] = [:]
    /// How much memory the entries take.
    private var memory = 0

    /// Tables are compressed, and paths repeat the names of folders, so a small image could have huge ones. This is enough for
    /// a million files.
    private static let mostMemory = 256 << 20
    private static let entryMemory = 128
    /// In one folder, in bytes.
    private static let longestList: UInt64 = 16 << 20
    /// The size in a folder's inode counts three bytes that are not there.
    private static let listOverhead: UInt64 = 3

    init(_ superblock: SquashFSSuperblock, _ metadata: SquashFSMetadata, _ budget: DecodingBudget) {
        self.superblock = superblock
        self.metadata = metadata
        self.budget = budget
    }

    /// A name in a folder, and the inode it stands for.
    private struct Name {
        let bytes: ByteString
        let inode: SquashFSReference
    }

    private func inode(_ reference: SquashFSReference) throws -> SquashFSInode {
        var cursor = try metadata.cursor(in: superblock.inodeTable, reference)
        return try SquashFSInode(&cursor, blockSize: superblock.blockSize)
    }

    mutating func walk() throws {
        guard case .directory(let list, let size) = try inode(superblock.root).kind else {
            throw SquashFSDecoder.damaged("its root is no folder")
        }
        known.insert(superblock.root)
        var open: [(path: RelativePath?, list: SquashFSReference, size: UInt64)] = [(nil, list, size)]
        while let folder = open.popLast() {
            try Interruption.check()
            for name in try names(folder.list, folder.size) {
                let path = try path(name.bytes, in: folder.path)
                let inode = try inode(name.inode)
                let kind: ImageEntry.Kind
                switch inode.kind {
                case .directory(let list, let size):
                    guard known.insert(name.inode).inserted else {
                        throw SquashFSDecoder.damaged("the folder '\(path)' is there twice")
                    }
                    open.append((path, list, size))
                    kind = .directory
                case .symlink(let target):
                    try count(target.count)
                    kind = .symlink(target)
                case .file(let content):
                    if let first = files[name.inode] {
                        kind = .hardlink(first)
                    } else {
                        files[name.inode] = path
                        kind = .file(content.size)
                        try budget.spend(Int(content.size))
                        contents[entries.count] = content
                    }
                }
                entries.append(ImageEntry(path: path, kind: kind, mode: inode.mode, time: inode.time))
            }
        }
    }

    /// The content of the file at a path; nil if no file is there.
    func find(_ path: RelativePath) throws -> SquashFSContent? {
        var kind = try inode(superblock.root).kind
        for component in path.components {
            guard case .directory(let list, let size) = kind,
                let name = try names(list, size).first(where: { $0.bytes == component })
            else { return nil }
            kind = try inode(name.inode).kind
        }
        if case .file(let content) = kind { return content }
        return nil
    }

    private mutating func path(_ name: ByteString, in folder: RelativePath?) throws -> RelativePath {
        let component = try RelativePath(name)
        guard component.bytes == name, !name.bytes.contains(UInt8(ascii: "/")) else {
            throw SquashFSDecoder.damaged("a file is called '\(name)'")
        }
        let path = try folder.map { try RelativePath($0.bytes.appending(path: name)) } ?? component
        try count(path.bytes.count + SquashFSTree.entryMemory)
        return path
    }

    private mutating func count(_ bytes: Int) throws {
        memory += bytes
        if memory > SquashFSTree.mostMemory { throw Failure("the SquashFS has more names than this program reads") }
    }

    /// What is in a folder: runs of up to 256 names whose inodes are in one block.
    private func names(_ list: SquashFSReference, _ size: UInt64) throws -> [Name] {
        guard size > SquashFSTree.listOverhead else { return [] }
        if size > SquashFSTree.longestList { throw Failure("the SquashFS has more names than this program reads") }
        var left = Int(size - SquashFSTree.listOverhead)
        var cursor = try metadata.cursor(in: superblock.directoryTable, list)
        var names: [Name] = []
        func take(_ count: Int) throws {
            left -= count
            if left < 0 { throw SquashFSDecoder.damaged("the list of a folder ends early") }
        }
        while left > 0 {
            try take(12)
            let count = try cursor.number(4)
            let block = try cursor.number(4)
            _ = try cursor.number(4)
            guard count < 256 else { throw SquashFSDecoder.damaged("a run of \(count) names") }
            for _ in 0...count {
                try take(8)
                let offset = try cursor.number(2)
                _ = try cursor.number(4)
                let length = Int(try cursor.number(2)) + 1
                try take(length)
                let bytes = ByteString(try cursor.bytes(length))
                // Names are sorted, so none is there twice.
                if let last = names.last, !last.bytes.bytes.lexicographicallyPrecedes(bytes.bytes) {
                    throw SquashFSDecoder.damaged("the names of a folder are not in their order")
                }
                names.append(Name(bytes: bytes, inode: SquashFSReference(block << 16 | offset)))
            }
        }
        return names
    }
}
