import LibC
import Support

/// The paths of what stays in an environment, as hashes: whether one is among them can be told without keeping them.
/// Another path may have the hash of one of them; so "is not among them" is certain, and the other answer leads to
/// what is slower, but right.
struct SettledPaths: Sendable {
    private var files = PathHashes()
    private var folders = PathHashes()
    /// How many paths were added, equal ones each time.
    private(set) var count = 0

    /// Whether too many hashes collide for an answer.
    var isCrowded: Bool { files.isCrowded || folders.isCrowded }

    /// Whether it may be a file or link, or a folder that a package lists like these.
    func hasFile(_ path: PrefixPath) -> Bool { files.contains(PathHashes.hash(path)) }

    /// Whether something may be below the path.
    func hasFolder(_ path: PrefixPath) -> Bool { folders.contains(PathHashes.hash(path)) }

    mutating func add(_ part: Part) {
        for hash in part.files { _ = files.insert(hash) }
        for hash in part.folders { _ = folders.insert(hash) }
        count += part.files.count
    }

    /// The paths of one package or wheel.
    struct Part: Sendable {
        fileprivate private(set) var files: [UInt64] = []
        fileprivate private(set) var folders: [UInt64] = []
        /// The folder of the path before.
        private var lastFolder: [UInt8] = []

        /// How many paths were added.
        var count: Int { files.count }

        mutating func add(_ path: UnsafeBufferPointer<UInt8>) {
            files.append(PathHashes.hash(path))
            guard var end = path.lastIndex(of: UInt8(ascii: "/")) else { return }
            // Most paths are in the folder of the one before.
            let isSame = lastFolder.withUnsafeBytes { last in
                guard end == last.count, let path = path.baseAddress, let last = last.baseAddress else { return false }
                return memcmp(path, last, end) == 0
            }
            if isSame { return }
            lastFolder.removeAll(keepingCapacity: true)
            lastFolder.append(contentsOf: path[..<end])
            while true {
                let folder = UnsafeBufferPointer(rebasing: path[..<end])
                folders.append(PathHashes.hash(folder))
                guard let slash = folder.lastIndex(of: UInt8(ascii: "/")) else { return }
                end = slash
            }
        }

        mutating func add(_ path: PrefixPath) { path.bytes.bytes.withUnsafeBufferPointer { add($0) } }
    }
}
