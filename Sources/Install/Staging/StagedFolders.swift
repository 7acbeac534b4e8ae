import LibC
import Support

/// Folders that come to their place as a whole: of packages that were unpacked before it was known where their files go,
/// and with nothing in them but what one package has there. Most files of an environment are in such folders, and to rename
/// each of them would take long.
struct StagedFolders: Sendable {
    /// What a folder of the environment is to hold.
    private enum Content: Equatable {
        /// What the package of that number has in a folder of its own, and nothing else.
        case all(of: Int, in: PrefixPath)
        case mixed
    }

    /// A folder in which a package was unpacked.
    private struct Origin: Hashable {
        let owner: Int
        let path: PrefixPath
    }

    /// Where the files of such a folder go.
    private enum Destination: Equatable {
        case folder(PrefixPath)
        /// Not all of them to one folder.
        case several
    }

    private var contents: [PrefixPath: Content] = [:]
    private var destinations: [Origin: Destination] = [:]
    private var owners: [any StagedFiles] = []
    /// The folders that are at their place.
    private var placed: Set<PrefixPath> = []

    static let none = StagedFolders()

    private init() {}

    /// Finds those folders of a new environment.
    init(_ changes: EnvironmentChanges) throws {
        let isStaged =
            changes.packages.contains { $0.source.staged != nil } || changes.wheels.contains { $0.staged != nil }
        if changes.isUpdate || !isStaged { return }
        for package in changes.packages {
            let (files, others) = StagedPackage.files(of: package)
            add(files, of: package.source.staged, others)
        }
        for wheel in changes.wheels {
            let (files, others) = StagedWheel.files(of: wheel)
            add(files, of: wheel.staged, others)
        }
        let record = try PrefixPath(PlanBuilder.metadataFolder.appending(path: "record"))
        add([], of: nil, Installer.ownFiles.map { PrefixPath($0) } + [record])
    }

    /// - Parameter others: what a package puts into the environment that is not staged.
    private mutating func add(_ files: [UnplacedFile], of staged: (any StagedFiles)?, _ others: [PrefixPath]) {
        for target in others { note(target.parent, from: nil, of: 0) }
        guard let staged else { return }
        let owner = owners.count
        owners.append(staged)
        var last: (target: PrefixPath?, source: PrefixPath?)?
        for file in files {
            let isRenamed = file.target?.name != file.source.name
            let folders = (target: file.target?.parent, source: isRenamed ? nil : file.source.parent)
            // Files of one folder mostly follow each other.
            if let last, !isRenamed, last == folders { continue }
            last = isRenamed ? nil : folders
            note(file.source.parent, to: isRenamed ? nil : folders.target, of: owner)
            note(folders.target, from: folders.source, of: owner)
        }
    }

    /// A file of a package's folder, and so of all above it, goes to a folder of the environment.
    ///
    /// - Parameter target: nil if it goes nowhere, or under another name.
    private mutating func note(_ folder: PrefixPath?, to target: PrefixPath?, of owner: Int) {
        var (folder, target) = (folder, target)
        while let path = folder {
            let origin = Origin(owner: owner, path: path)
            let destination = target.map { Destination.folder($0) } ?? .several
            switch destinations[origin] {
            case nil: destinations[origin] = destination
            // It was noted of this folder, and so of all above it.
            case .several, destination: return
            case .folder: (destinations[origin], target) = (.several, nil)
            }
            target = path.name == target?.name ? target?.parent : nil
            folder = path.parent
        }
    }

    /// A package has something in a folder, and so in all above it.
    ///
    /// - Parameter source: the folder from which it comes; nil: from none that could be moved.
    private mutating func note(_ folder: PrefixPath?, from source: PrefixPath?, of owner: Int) {
        var (folder, source) = (folder, source)
        while let path = folder {
            let content = source.map { Content.all(of: owner, in: $0) } ?? .mixed
            switch contents[path] {
            case nil: contents[path] = content
            // It was noted of this folder, and so of all above it.
            case .mixed, content: return
            case .all: contents[path] = .mixed
            }
            source = path.name == source?.name ? source?.parent : nil
            folder = path.parent
        }
    }

    /// Moves them. What cannot be moved as a whole is moved file by file later.
    mutating func place(_ session: PrefixSession) throws {
        for path in contents.keys.sorted() {
            try Interruption.check()
            if let parent = path.parent, placed.contains(parent) {
                placed.insert(path)
            } else if case .all(let owner, let source)? = contents[path],
                destinations[Origin(owner: owner, path: source)] == .folder(path),
                (try? session.place(source.bytes, from: owners[owner].folder, at: path)) != nil
            {
                placed.insert(path)
            }
        }
    }

    /// Whether a folder of the environment is there, with all that it is to hold of its package.
    func contains(_ folder: PrefixPath?) -> Bool { folder.map(placed.contains) ?? false }
}
