import Lockfile
import Support

/// What packing reads before it decides anything.
struct PackInput: Sendable {
    /// Where the packages stand.
    enum Source: Sendable {
        case lock(LockFile)
        /// An environment on the disk.
        case installed(InstalledPrefix)
        /// The files of a list.
        case list(ExplicitInput)
    }

    let source: Source
    /// The hash of the lock file; nil if there is none.
    let lockSHA256: SHA256Digest?
    /// What the user adds.
    let given: InjectedFiles
    /// The workspace, if its activation is to be packed.
    let manifest: WorkspaceManifest?

    /// Reads what the request names. Says what was changed in an environment on the disk, where a lock file is older than
    /// its manifest, and why a manifest cannot be used.
    ///
    /// - Parameter targets: those of a lock file that count.
    /// - Throws: `Failure` naming what cannot be read.
    static func read(
        _ targets: [PackTarget], _ request: PackRequest, reporter: any Reporter
    ) throws -> PackInput {
        let source = try Source.read(targets, request, reporter)
        let given = try InjectedFiles(request.inject, reporter: reporter)
        let sha256: SHA256Digest? = if case .lock(let lock) = source { lock.sha256() } else { nil }
        return PackInput(
            source: source, lockSHA256: sha256, given: given, manifest: try manifest(request, reporter))
    }

    /// The packages of an environment for a platform; an environment on the disk, and a list, have but one.
    ///
    /// - Throws: `Failure` if the lock file does not have it, or cannot be understood there.
    func environment(_ target: PackTarget) throws -> LockedEnvironment {
        switch source {
        case .lock(let lock): try LockedEnvironment(lock, target, sha256: lockSHA256)
        case .installed(let prefix): LockedEnvironment(prefix)
        case .list(let list): LockedEnvironment(list, target)
        }
    }

    /// Where relative paths of packages start from.
    var baseDirectory: ByteString {
        if case .lock(let lock) = source { lock.directory } else { "." }
    }

    /// A manifest nobody can read stops no pack, as with the original, unless it is to be packed itself.
    private static func manifest(_ request: PackRequest, _ reporter: any Reporter) throws -> WorkspaceManifest? {
        if request.carriesWorkspace { return try WorkspaceManifest.find(request.manifest) }
        guard request.carriesActivation else { return nil }
        do {
            return try WorkspaceManifest.find(request.manifest)
        } catch {
            reporter.warn("[activation] of the workspace is not packed: \(error)")
            return nil
        }
    }
}

extension PackInput.Source {
    fileprivate static func read(
        _ targets: [PackTarget], _ request: PackRequest, _ reporter: any Reporter
    ) throws -> PackInput.Source {
        if let list = request.explicit {
            return .list(try ExplicitInput.read(list.list, asked: list.platform, request, reporter: reporter))
        }
        guard let path = request.prefix else {
            let lock = try LockFile.read(at: LockFile.locate(manifest: request.manifest))
            try StaleLock(lock, request)?.report(targets, isError: request.isLocked, to: reporter)
            return .lock(lock)
        }
        let prefix = try InstalledPrefix(path)
        prefix.reportChanges(to: reporter)
        return .installed(prefix)
    }
}
