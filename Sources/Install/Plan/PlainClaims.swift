import Support

/// The paths of one package for a `PlainPlan`, found without looking at other packages.
struct PlainClaims: Sendable {
    /// Thrown if something may be special, mistakes included.
    struct Special: Error {}

    private(set) var paths: PlannedPaths
    /// The hashes of all paths that are no directories.
    private(set) var files: [UInt64] = []
    /// The directories that are listed and those that files are in, without what is above them.
    private(set) var folders: [PrefixPath] = []
    private(set) var shipsCacheTag = false

    private var known: Set<PrefixPath> = []
    private var lastFolder = LastFolder()

    private init(_ paths: PlannedPaths) { self.paths = paths }

    /// - Parameter overriding: paths whose file comes from elsewhere.
    /// - Throws: `Special`; also if the work is interrupted.
    static func make(_ paths: PlannedPaths, overriding: OverridingPaths) throws -> PlainClaims {
        var claims = PlainClaims(paths)
        claims.files.reserveCapacity(paths.count)
        var scratch: [UInt8] = []
        for index in paths.indices {
            if index % 1024 == 0 { try Interruption.check() }
            let isDirectory = paths.paths.kind(index) == .directory
            let isOverridden = try paths.withUsualTarget(index, scratch: &scratch) { target in
                try claims.claim(target, isDirectory: isDirectory)
                return try overriding.contains(target)
            }
            if isOverridden { claims.paths.override(index) }
        }
        return claims
    }

    private mutating func claim(_ target: UnsafeBufferPointer<UInt8>, isDirectory: Bool) throws {
        if ReservedPaths.mayBeReserved(target) {
            let path = try PlainClaims.proven(target)
            if (try? ReservedPaths.refuse(path.relative, from: .package)) == nil { throw Special() }
            if path.bytes == PlanBuilder.cacheTag { shipsCacheTag = true }
        }
        if isDirectory { return add(try PlainClaims.proven(target)) }
        files.append(PathHashes.hash(target))
        if let folder = lastFolder.enter(target) { add(try PlainClaims.proven(folder)) }
    }

    private mutating func add(_ folder: PrefixPath) {
        if known.insert(folder).inserted { folders.append(folder) }
    }

    fileprivate static func proven(_ path: UnsafeBufferPointer<UInt8>) throws -> PrefixPath {
        guard let path = RelativePath(plain: path) else { throw Special() }
        return PrefixPath(path)
    }

    /// Paths whose file comes from elsewhere, quickly told from others.
    struct OverridingPaths: Sendable {
        private let paths: Set<PrefixPath>
        private var hashes = PathHashes()

        init(_ paths: Set<PrefixPath>) {
            self.paths = paths
            hashes.reset(capacity: paths.count)
            for path in paths { _ = hashes.insert(PathHashes.hash(path)) }
        }

        /// Whether too many hashes collide for an answer.
        var isCrowded: Bool { hashes.isCrowded }

        fileprivate func contains(_ path: UnsafeBufferPointer<UInt8>) throws -> Bool {
            try hashes.contains(PathHashes.hash(path)) && paths.contains(PlainClaims.proven(path))
        }
    }
}
