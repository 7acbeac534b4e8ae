import LibC
import Support

/// The folders of unpacked packages that are moved into the environment as a whole, because only one package has anything in
/// them. Most files of an environment are in such folders, and renaming the files one by one would take long.
struct StagedFolders: Sendable {
    /// What a folder of the environment is to hold.
    private enum Content: Equatable {
        /// All that the owner with this index has in this folder, and nothing else.
        case all(of: Int, in: PrefixPath)
        case mixed
    }

    /// A folder of an unpacked package.
    private struct Origin: Hashable {
        let owner: Int
        let path: PrefixPath
    }

    /// Where the files of a folder of an unpacked package go.
    private enum Destination: Equatable {
        case folder(PrefixPath)
        /// Not all of them to one folder.
        case several
    }

    private var contents: [PrefixPath: Content] = [:]
    private var destinations: [Origin: Destination] = [:]
    private var owners: [any StagedFiles] = []
    /// The folders of the environment that were moved there.
    private var placed: Set<PrefixPath> = []

    static let none = StagedFolders()

    private init() {}

    /// Finds the folders that can be moved into a new environment; none for an update.
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

    /// - Parameter others: paths of the package that were not unpacked before.
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

    /// Notes where a file goes for the folder it is in, and for all folders above that.
    ///
    /// - Parameter target: the folder of the environment; nil if the file is not installed, or gets another name.
    private mutating func note(_ folder: PrefixPath?, to target: PrefixPath?, of owner: Int) {
        var (folder, target) = (folder, target)
        while let path = folder {
            let origin = Origin(owner: owner, path: path)
            let destination = target.map { Destination.folder($0) } ?? .several
            switch destinations[origin] {
            case nil: destinations[origin] = destination
            // It was noted for this folder already, and so for all above it.
            case .several, destination: return
            case .folder: (destinations[origin], target) = (.several, nil)
            }
            target = path.name == target?.name ? target?.parent : nil
            folder = path.parent
        }
    }

    /// Notes that a package has something in a folder of the environment, and in all folders above that.
    ///
    /// - Parameter source: the folder it was unpacked to; nil if it does not come from a folder that could be moved.
    private mutating func note(_ folder: PrefixPath?, from source: PrefixPath?, of owner: Int) {
        var (folder, source) = (folder, source)
        while let path = folder {
            let content = source.map { Content.all(of: owner, in: $0) } ?? .mixed
            switch contents[path] {
            case nil: contents[path] = content
            // It was noted for this folder already, and so for all above it.
            case .mixed, content: return
            case .all: contents[path] = .mixed
            }
            source = path.name == source?.name ? source?.parent : nil
            folder = path.parent
        }
    }

    /// Moves the folders. The files of a folder that cannot be moved are moved one by one later.
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

    /// Whether a folder of the environment was moved there, with all its files.
    func contains(_ folder: PrefixPath?) -> Bool { folder.map(placed.contains) ?? false }
}
