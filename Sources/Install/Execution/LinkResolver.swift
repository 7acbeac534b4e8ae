import Support

/// Follows the symbolic links of an archive without a file system.
enum LinkResolver {
    /// As many as Linux follows.
    private static let maximumLinks = 40

    /// The path without links in its parents, and in its last component if `followingLast`.
    ///
    /// - Returns: nil if a link leads out of the package or in a circle.
    static func resolve(
        _ path: RelativePath, links: [RelativePath: ByteString], followingLast: Bool
    ) -> RelativePath? {
        var done: [ByteString] = []
        // The next component is the last one.
        var rest = Array(path.components.reversed())
        var followed = 0
        while let component = rest.popLast() {
            if component == "." || component.isEmpty { continue }
            if component == ".." {
                if done.popLast() == nil { return nil }
                continue
            }
            done.append(component)
            guard let here = joined(done), let target = links[here], followingLast || !rest.isEmpty else { continue }
            followed += 1
            if followed > maximumLinks || target.bytes.first == UInt8(ascii: "/") { return nil }
            done.removeLast()
            let parts = target.bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) }
            rest.append(contentsOf: parts.reversed())
        }
        return joined(done)
    }

    private static func joined(_ components: [ByteString]) -> RelativePath? {
        try? RelativePath(ByteString(components.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
    }
}
