import Support

/// The symbolic links of an archive, followed without a file system. They are kept as a tree of path components, so
/// that the time to follow a path depends on its length and not on the number of links.
struct LinkTree {
    /// As many as Linux follows (path_resolution(7)).
    private static let maximumLinks = 40
    /// How many components may be looked at for one package; real packages need ten for each file.
    private static let mostSteps = 20_000_000

    private struct Key: Hashable {
        let parent: Int32
        let name: ByteString
    }

    /// Node 0 is the root of the archive.
    private var children: [Key: Int32] = [:]
    private var targets: [Int32: ByteString] = [:]
    private var count: Int32 = 1
    private var steps = 0

    var isEmpty: Bool { targets.isEmpty }

    /// The text of the link at exactly this path; setting nil removes the link.
    subscript(path: RelativePath) -> ByteString? {
        get { node(path).flatMap { targets[$0] } }
        set {
            guard let newValue else {
                _ = remove(path)
                return
            }
            var node: Int32 = 0
            for name in path.components {
                let key = Key(parent: node, name: name)
                if let child = children[key] {
                    node = child
                } else {
                    children[key] = count
                    node = count
                    count += 1
                }
            }
            targets[node] = newValue
        }
    }

    /// Removes the link at the path; returns false if there was none.
    @discardableResult
    mutating func remove(_ path: RelativePath) -> Bool {
        guard let node = node(path) else { return false }
        return targets.removeValue(forKey: node) != nil
    }

    private func node(_ path: RelativePath) -> Int32? {
        var node: Int32 = 0
        for name in path.components {
            guard let child = children[Key(parent: node, name: name)] else { return nil }
            node = child
        }
        return node
    }

    /// The path with the links among its parents resolved, and with that of its last component if `followingLast`.
    ///
    /// - Returns: nil if a link leads out of the package or in a circle, or the path becomes too long.
    /// - Throws: `Failure` if the links of the package take too long to follow, or a signal asked the program to end.
    mutating func resolve(_ path: RelativePath, followingLast: Bool) throws -> RelativePath? {
        var done: [ByteString] = []
        /// The nodes of `done`; nil where no link is further down.
        var nodes: [Int32?] = [0]
        // In reverse order, so that the next component is the last one.
        var rest = Array(path.components.reversed())
        var followed = 0
        while let component = rest.popLast() {
            try step()
            if component == "." || component.isEmpty { continue }
            if component == ".." {
                if done.popLast() == nil { return nil }
                nodes.removeLast()
                continue
            }
            let node = nodes[nodes.count - 1].flatMap { children[Key(parent: $0, name: component)] }
            guard let target = node.flatMap({ targets[$0] }), followingLast || !rest.isEmpty else {
                done.append(component)
                nodes.append(node)
                continue
            }
            followed += 1
            if followed > Self.maximumLinks || target.bytes.first == UInt8(ascii: "/") { return nil }
            rest.append(contentsOf: target.bytes.split(separator: UInt8(ascii: "/")).reversed().map { ByteString($0) })
            if rest.count + done.count > RelativePath.maximumLength { return nil }
        }
        return try? RelativePath(ByteString(done.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
    }

    private mutating func step() throws {
        steps += 1
        if steps & 0xFFF == 0 { try Interruption.check() }
        if steps > Self.mostSteps { throw Failure("following its symbolic links takes too many steps") }
    }
}
