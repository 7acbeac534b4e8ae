import Archive
import Support

/// Symbolic links of packages below which other packages have files. Those files belong where the link leads, as they do
/// on a disk on which the link came first: conda-forge's openjdk has `man/ja` as a link to `man/ja_JP.UTF-8`, and others
/// have manuals in `man/ja`.
struct DirectoryLinks {
    /// A link that has files of other packages below it, or is where other packages have a folder.
    struct Link: Hashable {
        let path: PrefixPath
        /// The index of the package that has it.
        let package: Int
        /// Its path in that package.
        let source: RelativePath
    }

    /// As many as Linux follows (path_resolution(7)).
    private static let mostLinks = 40

    private var targets: [PrefixPath: (package: Int, target: PrefixPath?)] = [:]

    var isEmpty: Bool { targets.isEmpty }

    func knows(_ path: PrefixPath) -> Bool { targets[path] != nil }

    /// Finds out where links lead, by the archives of their packages.
    ///
    /// - Parameters:
    ///   - prefix: where packages are that have no archive, as they are installed already.
    mutating func add(_ links: Set<Link>, of sources: [PackageSource], prefix: ByteString, scratch: DecoderScratch)
        throws
    {
        for (package, links) in Dictionary(grouping: links, by: \.package) {
            let source = sources[package]
            var texts: [RelativePath: ByteString] = [:]
            if let staged = source.staged {
                for link in links { texts[link.source] = staged.link(link.source) }
            } else if source.kept == nil {
                let wanted = Set(links.map(\.source))
                try describing("could not read package '\(source.fileName)'", remedy: InstallPlan.packageRemedy) {
                    try source.archive().readEntries(.payload, scratch: scratch) { entry, _ in
                        try Interruption.check()
                        if wanted.contains(entry.path), case .symlink(let text) = entry.kind {
                            texts[entry.path] = text
                        }
                        return texts.count == wanted.count ? .stop : .next
                    }
                }
            } else {
                for link in links { texts[link.source] = try? Sys.readlink(prefix.appending(path: link.path.bytes)) }
            }
            for link in links {
                targets[link.path] = (package, texts[link.source].flatMap { DirectoryLinks.target(of: link.path, $0) })
            }
        }
    }

    /// Where a link leads; nil if that is not in the environment.
    private static func target(of link: PrefixPath, _ text: ByteString) -> PrefixPath? {
        if text.hasPrefix("/") { return nil }
        var components = link.relative.components.dropLast().map { $0 }
        for component in text.bytes.split(separator: UInt8(ascii: "/")).map({ ByteString($0) }) where component != "." {
            if component != ".." {
                components.append(component)
            } else if components.popLast() == nil {
                return nil
            }
        }
        let joined = ByteString(Array(components.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
        guard let target = try? PrefixPath(joined), target != link, !target.bytes.hasPrefix(link.bytes + "/") else {
            return nil
        }
        return target
    }

    /// The path with the links of other packages among its folders followed.
    func resolved(_ path: PrefixPath, isDirectory: Bool, of package: Int) -> PrefixPath {
        var path = path
        for _ in 0..<Self.mostLinks {
            guard let next = followed(path, isDirectory: isDirectory, of: package) else { return path }
            path = next
        }
        return path
    }

    private func followed(_ path: PrefixPath, isDirectory: Bool, of package: Int) -> PrefixPath? {
        var folder = isDirectory ? path : path.parent
        while let place = folder {
            if let link = targets[place], link.package != package, let target = link.target {
                let rest = path.bytes.bytes.dropFirst(place.bytes.count)
                return try? PrefixPath(target.bytes + ByteString(rest))
            }
            folder = place.parent
        }
        return nil
    }
}
