import CondaModel
import LibC
import Support

/// The plan of packages that are not in each other's way, which most are: hashes of their paths tell whether some are,
/// so no path has to be kept. If anything is special, mistakes included, there is no such plan, and `PlanBuilder` makes
/// one or reports the mistake.
struct PlainPlan {
    /// In the order of the sources.
    private(set) var plans: [PackagePlan] = []
    private(set) var directories: Set<PrefixPath> = []
    private(set) var shipsCacheTag = false

    private var files = PathHashes()
    private var folders = PathHashes()
    private var overriding: Set<PrefixPath>
    private var overridingHashes = PathHashes()
    private var budget = FolderBudget()
    /// The folder of the path before, which is in `directories`.
    private var lastFolder: [UInt8] = []
    private var scratch: [UInt8] = []

    /// Thrown if something may be special.
    private struct Special: Error {}

    private init(overriding: Set<PrefixPath>) { self.overriding = overriding }

    /// - Parameter overriding: paths whose file comes from elsewhere.
    /// - Returns: nil if something may be special.
    static func make(
        _ sources: [PackageSource], _ metadata: [PackageMetadata], python: PythonInfo?, prefix: ByteString,
        platform: Platform, overriding: Set<PrefixPath>
    ) throws -> PlainPlan? {
        var plan = PlainPlan(overriding: overriding)
        do {
            try plan.build(sources, metadata, python, prefix, platform)
            return plan
        } catch is Special {
            return nil
        }
    }

    private mutating func build(
        _ sources: [PackageSource], _ metadata: [PackageMetadata], _ python: PythonInfo?, _ prefix: ByteString,
        _ platform: Platform
    ) throws {
        guard let metadataFolder = try? PrefixPath(PlanBuilder.metadataFolder),
            let history = try? PrefixPath(PlanBuilder.history)
        else { throw Special() }
        try addDirectory(metadataFolder)
        overriding.insert(history)
        let entryPoints = try metadata.map { try plan($0, python) }
        files.reset(capacity: metadata.reduce(0) { $0 + $1.paths.count })
        overridingHashes.reset(capacity: overriding.count)
        for path in overriding {
            path.bytes.bytes.withUnsafeBufferPointer { _ = overridingHashes.insert(PathHashes.hash($0)) }
        }
        let mappedFolders = python?.mappedFolders ?? []
        for (index, source) in sources.enumerated() {
            let metadata = metadata[index]
            if metadata.noarch == .python && python == nil { throw Special() }
            try check(metadata.paths, prefix, platform)
            var paths = PlannedPaths(metadata.paths, folders: metadata.noarch == .python ? mappedFolders : [])
            try claim(&paths)
            plans.append(
                PackagePlan(
                    source: source, metadata: metadata, paths: paths, entryPoints: entryPoints[index], hasNoTwins: true)
            )
        }
        for path in overriding { try makeRoom(for: path) }
        if files.isCrowded || folders.isCrowded || overridingHashes.isCrowded { throw Special() }
    }

    private mutating func plan(_ metadata: PackageMetadata, _ python: PythonInfo?) throws -> [PlannedEntryPoint] {
        guard metadata.noarch == .python, let python else { return [] }
        return try metadata.entryPoints.map { entryPoint in
            guard let command = try? RelativePath(entryPoint.command) else { throw Special() }
            let target = python.scripts.appending(command)
            guard (try? ReservedPaths.refuse(target.relative, from: .package)) != nil,
                overriding.insert(target).inserted
            else { throw Special() }
            return PlannedEntryPoint(entryPoint: entryPoint, target: target, isOverridden: false)
        }
    }

    /// Checks that the prefix fits into binary files.
    private func check(_ paths: PackagePaths, _ prefix: ByteString, _ platform: Platform) throws {
        guard paths.areSpeltPlainly else { throw Special() }
        for placeholder in paths.placeholders where placeholder.mode == .binary && !platform.isWindows {
            guard (try? BinaryPatcher.requireRoom(placeholder: placeholder.text, prefix: prefix)) != nil else {
                throw Special()
            }
        }
    }

    private mutating func claim(_ paths: inout PlannedPaths) throws {
        for index in paths.indices {
            if index % 1024 == 0 { try Interruption.check() }
            var scratch = scratch
            self.scratch = []
            let isOverridden = try paths.withUsualTarget(index, scratch: &scratch) { target in
                try claim(target, isDirectory: paths.paths.kind(index) == .directory)
            }
            self.scratch = scratch
            if isOverridden { paths.override(index) }
        }
    }

    /// Returns whether the file comes from elsewhere.
    private mutating func claim(_ target: UnsafeBufferPointer<UInt8>, isDirectory: Bool) throws -> Bool {
        if ReservedPaths.mayBeReserved(target) {
            let path = try proven(target)
            if (try? ReservedPaths.refuse(path.relative, from: .package)) == nil { throw Special() }
            if path.bytes == PlanBuilder.cacheTag { shipsCacheTag = true }
        }
        if isDirectory {
            try addDirectory(try proven(target))
            return overridingHashes.contains(PathHashes.hash(target)) ? overriding.contains(try proven(target)) : false
        }
        let hash = PathHashes.hash(target)
        if folders.contains(hash) || !files.insert(hash) { throw Special() }
        try addParent(of: target)
        return overridingHashes.contains(hash) ? overriding.contains(try proven(target)) : false
    }

    private func proven(_ path: UnsafeBufferPointer<UInt8>) throws -> PrefixPath {
        guard let path = RelativePath(plain: path) else { throw Special() }
        return PrefixPath(path)
    }

    private mutating func addParent(of path: UnsafeBufferPointer<UInt8>) throws {
        var end = path.count - 1
        while end >= 0, path[end] != UInt8(ascii: "/") { end -= 1 }
        guard end > 0 else { return }
        let parent = UnsafeBufferPointer(rebasing: path[..<end])
        if parent.count == lastFolder.count, let start = parent.baseAddress,
            lastFolder.withUnsafeBytes({ $0.baseAddress.map { memcmp($0, start, parent.count) == 0 } ?? false })
        {
            return
        }
        try addDirectory(try proven(parent))
        lastFolder.removeAll(keepingCapacity: true)
        lastFolder.append(contentsOf: parent)
    }

    private mutating func addDirectory(_ path: PrefixPath) throws {
        var next: PrefixPath? = path
        while let directory = next, directories.insert(directory).inserted {
            let hash = directory.bytes.bytes.withUnsafeBufferPointer(PathHashes.hash)
            guard (try? budget.spend(directory.relative)) != nil, !files.contains(hash) else { throw Special() }
            _ = folders.insert(hash)
            next = directory.parent
        }
    }

    private mutating func makeRoom(for path: PrefixPath) throws {
        if directories.contains(path) { throw Special() }
        if let parent = path.parent { try addDirectory(parent) }
    }
}
