import LibC
import Support

/// The names of an environment in a folder that does not distinguish capital and small letters (ext4 with `casefold`,
/// some mounted shares). Two names may mean one file there.
struct FoldedNames {
    /// The names as such a folder compares them. Text that is not UTF-8 is compared as if it were. This finds too many
    /// equal names rather than too few, as does Swift's comparison, which treats composed and decomposed letters as
    /// equal.
    private var names: [String: PrefixPath] = [:]

    /// Nil if the folder distinguishes all names.
    ///
    /// - Throws: `Failure` if two files of the plan would become one and have different contents.
    init?(_ plan: InstallPlan, _ changes: EnvironmentChanges, _ session: PrefixSession) throws {
        guard try FoldedNames.areFolded(session) else { return nil }
        var twins: [(PrefixPath, PrefixPath)] = []
        let files = plan.allTargets.union(changes.wheelTargets)
        for file in files.sorted() {
            if let other = names.updateValue(file, forKey: FoldedNames.fold(file)) { twins.append((other, file)) }
        }
        for directory in plan.directories {
            guard let file = names[FoldedNames.fold(directory)], file != directory else { continue }
            if !files.contains(directory) { twins.append((directory, file)) }
        }
        if !twins.isEmpty { try FoldedNames.refuse(twins, plan) }
    }

    /// Whether one of the names means the same file here, perhaps in another spelling.
    func contains(_ path: PrefixPath) -> Bool { names[FoldedNames.fold(path)] != nil }

    /// The name that means the same file here, if it is spelt differently.
    func name(of path: PrefixPath) -> PrefixPath? {
        names[FoldedNames.fold(path)].flatMap { $0 == path ? nil : $0 }
    }

    /// Makes a folder that every environment has, and looks for it under another spelling.
    static func areFolded(_ session: PrefixSession) throws -> Bool {
        let folder = try PrefixPath("conda-meta")
        try session.makeDirectory(folder)
        guard let status = try session.status(folder), let other = try session.status(PrefixPath("CONDA-META")) else {
            return false
        }
        return status.st_dev == other.st_dev && status.st_ino == other.st_ino
    }

    // Upper case first: lower case alone would keep `ß` and `ss` apart.
    private static func fold(_ path: PrefixPath) -> String { path.bytes.lossyString.uppercased().lowercased() }

    private static func refuse(_ twins: [(PrefixPath, PrefixPath)], _ plan: InstallPlan) throws {
        var owners: [PrefixPath: (package: PackagePlan, path: PackagePath)] = [:]
        for package in plan.packages { for path in package.paths { owners[path.target] = (package, path.path) } }
        let different = twins.filter { one, other in
            guard let one = owners[one]?.path, let other = owners[other]?.path else { return true }
            if one.kind == .directory && other.kind == .directory { return false }
            return one.kind != .hardlink || other.kind != .hardlink || one.sha256 == nil || one.sha256 != other.sha256
                || one.placeholder != other.placeholder
        }
        if different.isEmpty { return }
        func name(_ path: PrefixPath) -> Message {
            owners[path].map { "'\(path)' of package '\($0.package.source.record.name)'" } ?? "'\(path)'"
        }
        let lines = different.prefix(5).map { "\n  \(name($0.0)) and \(name($0.1))" as Message }.joined()
        let more: Message = different.count > 5 ? "\n  and \(different.count - 5) more" : ""
        throw Failure(
            "the folder does not tell capital from small letters, so that files would replace each other:\(lines)\(more)",
            remedy: "Unpack to a folder that tells them apart: not on a share, and without 'chattr +F'.")
    }
}
