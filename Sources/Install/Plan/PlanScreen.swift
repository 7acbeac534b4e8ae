import CondaModel
import Support

/// Looks whether packages and wheels could get in each other's way at all, by hashes of their paths: if nothing is
/// found here, a plan is certain to work, and need not be made. That is so for nearly every environment; for the others
/// a plan is made.
struct PlanScreen {
    private var files = PathHashes()
    private var folders = PathHashes()
    /// Paths whose file comes from elsewhere, and the folders they need.
    private var overriding = PathHashes()
    private var overridingFolders = PathHashes()
    private var folderBytes = 0
    private var scratch: [UInt8] = []
    private let python: PythonInfo?

    private init(_ python: PythonInfo?) { self.python = python }

    /// Whether these packages and wheels can be installed together for certain. False means that a plan has to tell.
    ///
    /// - Parameter wheels: settled.
    static func isClear(
        _ packages: [OutlinedPackage], wheels: [WheelPlan], python: PythonInfo?, platform: Platform
    ) -> Bool {
        var screen = PlanScreen(python)
        guard (try? DependencyOrder(packages.map(\.record)).order()) != nil,
            screen.takeOverriding(packages, wheels)
        else { return false }
        for package in packages {
            let table = package.outline.table
            if table.isOdd { return false }
            for placeholder in table.placeholders where placeholder.mode == .binary && !platform.isWindows {
                if InstallPlan.nominalPrefix.count > placeholder.text.count { return false }
            }
            guard screen.take(table, isForAnyPython: package.outline.noarch == .python) else { return false }
        }
        // Folders of several packages count several times, those of files that lose their place not at all.
        return screen.folderBytes <= FolderBudget.limit / 4 && !screen.overriding.isCrowded
            && !screen.overridingFolders.isCrowded
    }

    /// The files of wheels, entry points and of the installation itself.
    private mutating func takeOverriding(_ packages: [OutlinedPackage], _ wheels: [WheelPlan]) -> Bool {
        var paths = [PlanBuilder.history]
        for package in packages where package.outline.noarch == .python {
            guard let python else { return false }
            for entryPoint in package.outline.entryPoints {
                guard let command = try? RelativePath(entryPoint.command) else { return false }
                let target = python.scripts.appending(command).relative
                if (try? ReservedPaths.refuse(target, from: .package)) == nil { return false }
                paths.append(target.bytes)
            }
        }
        let targets = wheels.reduce(0) { $0 + $1.files.count }
        overriding.reset(capacity: paths.count + targets)
        overridingFolders.reset(capacity: paths.count + targets / 4)
        for path in paths where !takeOverriding(path) { return false }
        for wheel in wheels {
            for file in wheel.files where !file.isReplaced {
                if !takeOverriding(file.target.bytes) { return false }
            }
        }
        return true
    }

    private mutating func takeOverriding(_ path: ByteString) -> Bool {
        path.bytes.withUnsafeBufferPointer { bytes in
            let hash = PathHashes.hash(bytes)
            if overridingFolders.contains(hash) { return false }
            _ = overriding.insert(hash)
            var end = bytes.count
            while let slash = Self.lastSlash(bytes, before: end) {
                end = slash
                let folder = PathHashes.hash(UnsafeBufferPointer(rebasing: bytes[..<end]))
                if overriding.contains(folder) { return false }
                if !overridingFolders.insert(folder) { break }
                folderBytes += end + 64
            }
            return true
        }
    }

    /// The paths of a package among themselves and with those that come from elsewhere. What other packages have does
    /// not matter: of files at one place all but one go elsewhere.
    private mutating func take(_ table: PathTable, isForAnyPython: Bool) -> Bool {
        files.reset(capacity: table.entries.count)
        folders.reset(capacity: table.entries.count / 4)
        let isClear = table.names.withUnsafeBufferPointer { names in
            var folder = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            for entry in table.entries {
                let name = UnsafeBufferPointer(rebasing: names[table.range(of: entry)])
                let parent = UnsafeBufferPointer(rebasing: name[..<(Self.lastSlash(name, before: name.count) ?? 0)])
                let isSameFolder = parent.count == folder.count && !parent.isEmpty && parent.elementsEqual(folder)
                folder = parent
                let isFolder = entry.kind == .directory
                guard
                    isForAnyPython
                        ? takeMapped(name, isFolder: isFolder, isSameFolder: isSameFolder)
                        : take(name, isFolder: isFolder, isSameFolder: isSameFolder)
                else { return false }
            }
            return true
        }
        return isClear && !files.isCrowded && !folders.isCrowded
    }

    /// Where a package for any Python puts it (docs/spec/install.md#noarch-paths).
    private mutating func takeMapped(
        _ name: UnsafeBufferPointer<UInt8>, isFolder: Bool, isSameFolder: Bool
    ) -> Bool {
        guard let python else { return false }
        for (folder, place) in python.mappedFolders where name.starts(with: folder.bytes) {
            scratch.removeAll(keepingCapacity: true)
            scratch.append(contentsOf: place.bytes.bytes)
            scratch.append(contentsOf: name[(folder.count - 1)...])
            let mapped = scratch
            return mapped.withUnsafeBufferPointer { take($0, isFolder: isFolder, isSameFolder: isSameFolder) }
        }
        return take(name, isFolder: isFolder, isSameFolder: isSameFolder)
    }

    private mutating func take(
        _ path: UnsafeBufferPointer<UInt8>, isFolder: Bool, isSameFolder: Bool
    ) -> Bool {
        let hash = PathHashes.hash(path)
        if isFolder {
            if files.contains(hash) || overriding.contains(hash) { return false }
            if folders.insert(hash) { folderBytes += path.count + 64 }
        } else {
            if folders.contains(hash) || overridingFolders.contains(hash) { return false }
            _ = files.insert(hash)
        }
        if isSameFolder { return true }
        var end = path.count
        while let slash = Self.lastSlash(path, before: end) {
            end = slash
            let folder = PathHashes.hash(UnsafeBufferPointer(rebasing: path[..<end]))
            if files.contains(folder) || overriding.contains(folder) { return false }
            if !folders.insert(folder) { break }
            folderBytes += end + 64
        }
        return true
    }

    private static func lastSlash(_ path: UnsafeBufferPointer<UInt8>, before end: Int) -> Int? {
        var index = end - 1
        while index >= 0 {
            if path[index] == UInt8(ascii: "/") { return index }
            index -= 1
        }
        return nil
    }
}
