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
        private var lastFolder = LastFolder()

        /// How many paths were added.
        var count: Int { files.count }

        mutating func add(_ path: UnsafeBufferPointer<UInt8>) {
            files.append(PathHashes.hash(path))
            var next = lastFolder.enter(path)
            while let folder = next {
                folders.append(PathHashes.hash(folder))
                next = folder.lastIndex(of: UInt8(ascii: "/")).map { UnsafeBufferPointer(rebasing: folder[..<$0]) }
            }
        }

        mutating func add(_ path: PrefixPath) { path.bytes.bytes.withUnsafeBufferPointer { add($0) } }
    }
}
