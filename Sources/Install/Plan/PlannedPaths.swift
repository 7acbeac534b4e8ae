import Support

/// The paths of a package and where they go, in the order of its metadata. Nearly all go where they are in the package, below
/// a folder that may be at another place; of the others it is noted. A `PlannedPath` is made when it is asked for.
struct PlannedPaths: Sendable {
    /// A folder of the package, with a slash at its end, and where what is in it goes.
    typealias Folder = (folder: ByteString, place: PrefixPath)

    let paths: PackagePaths
    private let folders: [Folder]
    private var exceptions: [Int: (target: PrefixPath, lost: PrefixPath?)] = [:]
    private var overridden: Set<Int> = []

    init(_ paths: PackagePaths, folders: [Folder] = []) {
        self.paths = paths
        self.folders = folders
    }

    /// Where a path goes if nothing is special about it (docs/spec/install.md#noarch-paths).
    func usualTarget(_ index: Int) -> PrefixPath {
        let source = paths.source(index)
        if !folders.isEmpty, paths.spelling(index)?.hasPrefix("./") != true {
            for (folder, place) in folders where source.bytes.hasPrefix(folder) {
                return PrefixPath(source.moved(from: folder, to: place.relative))
            }
        }
        return PrefixPath(source)
    }

    /// Calls `body` with the bytes of the usual target of a path that is spelt plainly.
    func withUsualTarget<Result>(
        _ index: Int, scratch: inout [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try paths.withSource(index) { source in
            for (folder, place) in folders where source.starts(with: folder.bytes) {
                scratch.removeAll(keepingCapacity: true)
                scratch.append(contentsOf: place.bytes.bytes)
                scratch.append(contentsOf: UnsafeBufferPointer(rebasing: source[(folder.count - 1)...]))
                return try scratch.withUnsafeBufferPointer(body)
            }
            return try body(source)
        }
    }

    /// Whether all paths go to, and are recorded as, their usual targets.
    var areUsual: Bool { exceptions.isEmpty && paths.areSpeltPlainly }

    /// Whether all paths are usual (`areUsual`), and nothing is said of this one but its kind, hash and size.
    func isUsual(_ index: Int) -> Bool { areUsual && paths.isPlain(index) }

    /// The usual target of a path that is spelt plainly.
    ///
    /// - Parameter source: the path in the package, `paths.source(index)`.
    func usualTarget(of source: RelativePath) -> PrefixPath {
        for (folder, place) in folders where source.bytes.hasPrefix(folder) {
            return PrefixPath(source.moved(from: folder, to: place.relative))
        }
        return PrefixPath(source)
    }

    func target(_ index: Int) -> PrefixPath {
        if !exceptions.isEmpty, let exception = exceptions[index] { return exception.target }
        return usualTarget(index)
    }

    /// Says that a path goes elsewhere.
    mutating func set(_ index: Int, target: PrefixPath, lost: PrefixPath?) {
        if lost != nil || target != usualTarget(index) { exceptions[index] = (target, lost) }
    }

    /// Says that another file is at the path.
    mutating func override(_ index: Int) { overridden.insert(index) }

    func isOverridden(_ index: Int) -> Bool { !overridden.isEmpty && overridden.contains(index) }

    /// The indices of paths at which another file is, in order.
    var overriddenIndices: [Int] { overridden.sorted() }

    /// The path as records have it.
    func recorded(_ index: Int) -> ByteString {
        if paths.areSpeltPlainly || !exceptions.isEmpty && exceptions[index]?.lost != nil {
            return target(index).bytes
        }
        let target = target(index)
        if let spelling = paths.spelling(index), paths.isSource(target.relative, at: index) { return spelling }
        return target.bytes
    }

    /// The targets of files and links whose last component ends in `suffix`.
    func files(endingIn suffix: ByteString) -> [PrefixPath] {
        indices.compactMap { index in
            let matches = paths.withSource(index) { source in
                source.count >= suffix.count && source[(source.count - suffix.count)...].elementsEqual(suffix.bytes)
            }
            return matches && paths.kind(index) != .directory ? target(index) : nil
        }
    }
}

extension PlannedPaths: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { paths.count }

    subscript(index: Int) -> PlannedPath {
        PlannedPath(
            path: paths[index], target: target(index), lost: exceptions.isEmpty ? nil : exceptions[index]?.lost,
            isOverridden: isOverridden(index))
    }
}
