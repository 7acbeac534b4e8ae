import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An environment that is built out of sight and appears as a whole: a hidden sibling of its final place, renamed at the
/// end. Given up, it leaves everything as it was.
public final class FreshPrefix {
    /// Where to build.
    public let workplace: ByteString
    /// Where it will be, without links.
    private let place: ByteString
    private let replacesExisting: Bool
    /// The final place is an empty directory that cannot be replaced (a mount point): built in place.
    private let isInPlace: Bool
    /// Directories made on the way to the place, outermost first.
    private var madeParents: [ByteString] = []
    private var isDone = false
    /// Held as long as we work, so that the place is not taken for one a killed run left.
    private var lock: File?

    /// - Parameters:
    ///   - prefix: the absolute path; trailing slashes play no role.
    ///   - replacing: whether something that is there shall be replaced, at the end and as a whole.
    ///   - umask: what new directories do not permit.
    /// - Throws: `Failure` naming `--force` if there is an environment or anything else and `replacing` is false.
    public init(_ prefix: ByteString, replacing: Bool, umask: UInt32) throws {
        try FreshPrefix.requireRoom(for: prefix, replacing: replacing)
        let prefix = FreshPrefix.withoutTrailingSlashes(prefix)
        let existing = try FreshPrefix.contents(of: prefix)
        replacesExisting = existing == .file || existing == .directory
        if existing == .nothing {
            madeParents = try FreshPrefix.makeDirectories(prefix.parentPath, umask: umask)
            place = try Sys.realPath(prefix.parentPath).appending(path: prefix.lastPathComponent)
        } else {
            place = try Sys.realPath(prefix)
        }
        do {
            if existing == .emptyDirectory, try FreshPrefix.isMountPoint(place) {
                throw SystemError(code: EBUSY, operation: "replace '\(place)'")
            }
            (workplace, lock) = try Partial.directory(
                for: place.lastPathComponent, in: place.parentPath, mode: 0o777 & ~umask)
            isInPlace = false
        } catch {
            guard existing == .emptyDirectory else {
                FreshPrefix.remove(madeParents)
                throw Failure(
                    "could not create the environment '\(prefix)'", cause: error,
                    remedy: "Choose another place with --output-directory, or look who may write there.")
            }
            (workplace, isInPlace) = (place, true)
        }
    }

    deinit { giveUp() }

    /// Puts right what killed runs left beside an environment: one that was to be replaced and whose successor did not
    /// come gets its place back, everything else goes. Leaves alone what living processes are at.
    public static func tidy(_ prefix: ByteString) {
        let prefix = withoutTrailingSlashes(prefix)
        guard let parent = try? Sys.realPath(prefix.parentPath), let names = try? Sys.list(parent) else { return }
        let name = prefix.lastPathComponent
        let isOld = { TemporaryName.matches($0, for: name, purpose: "old") }
        if let old = names.first(where: isOld), (try? Sys.exists(prefix)) == false {
            let path = parent.appending(path: old)
            if let descriptor = try? Sys.open(path, O_RDONLY | O_NOFOLLOW) {
                let file = File(descriptor: descriptor, path: path)
                if Sys.tryLock(file.descriptor) == .held { try? Sys.rename(path, to: prefix, how: .exclusively) }
            }
        }
        if (try? Sys.exists(prefix)) == true { Partial.sweep(parent, where: isOld) }
        Partial.sweep(name, in: parent)
    }

    /// - Throws: `Failure` naming `--force` if there is something at the place and `replacing` is false.
    public static func requireRoom(for prefix: ByteString, replacing: Bool) throws {
        let prefix = withoutTrailingSlashes(prefix)
        let existing = try contents(of: prefix)
        if existing == .nothing || existing == .emptyDirectory || replacing { return }
        throw Failure(
            "'\(prefix)' already exists and is \(existing == .file ? "a file" : "not empty")",
            remedy: "Choose another place (--output-directory, --env-name), or replace it with --force.")
    }

    /// Lets the environment appear, and what goes with it.
    ///
    /// - Parameter companions: lets that appear; all or nothing.
    /// - Throws: `Failure`, or the error of `companions`; then what was there before is still there, or again.
    public func commit(with companions: () throws -> Void = {}) throws {
        if isInPlace {
            try companions()
            isDone = true
            return
        }
        let move = try describingMove { replacesExisting ? try exchange() : try appear() }
        do {
            try companions()
        } catch {
            try? move.undo()
            throw error
        }
        isDone = true
        if let old = move.old { RemoveTree.discard(old) }
    }

    /// Removes what was made; after `commit` it does nothing.
    public func giveUp() {
        if isDone { return }
        isDone = true
        if isInPlace {
            try? RemoveTree.removeContents(workplace)
        } else {
            RemoveTree.discard(workplace)
        }
        FreshPrefix.remove(madeParents)
    }

    // MARK: Moves

    /// What was done, and how it is taken back.
    private struct Move {
        /// Where the replaced environment is now.
        var old: ByteString?
        let undo: () throws -> Void
    }

    private func describingMove(_ body: () throws -> Move) throws -> Move {
        try describing(
            "could not move the finished environment to '\(place)'",
            remedy: "End the programs that run in the environment, and unpack again.", body)
    }

    private func appear() throws -> Move {
        let (place, workplace) = (place, workplace)
        try Sys.rename(workplace, to: place)
        return Move { try Sys.rename(place, to: workplace) }
    }

    private func exchange() throws -> Move {
        let (place, workplace) = (place, workplace)
        do throws(SystemError) {
            try Sys.rename(workplace, to: place, how: .exchanging)
            return Move(old: workplace) { try Sys.rename(workplace, to: place, how: .exchanging) }
        } catch {
            guard [ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code) else { throw error }
        }
        // Two steps where the system cannot exchange; between them the old one waits under a hidden name.
        let old = place.parentPath.appending(path: TemporaryName.make(for: place.lastPathComponent, purpose: "old"))
        let lock = (try? Sys.open(place, O_RDONLY | O_NOFOLLOW)).map { File(descriptor: $0, path: place) }
        if let lock { _ = Sys.tryLock(lock.descriptor) }
        try Sys.rename(place, to: old)
        do throws(SystemError) {
            try Sys.rename(workplace, to: place)
        } catch {
            try? Sys.rename(old, to: place)
            throw error
        }
        return Move(old: old) {
            // Until then nobody takes the old one for what a killed run left.
            withExtendedLifetime(lock) {}
            try Sys.rename(place, to: workplace)
            try Sys.rename(old, to: place)
        }
    }

    // MARK: Places

    private enum Contents { case nothing, emptyDirectory, directory, file }

    private static func contents(of path: ByteString) throws -> Contents {
        do throws(SystemError) {
            guard try Sys.stat(path).st_mode & S_IFMT == S_IFDIR else { return .file }
            return try Sys.list(path).isEmpty ? .emptyDirectory : .directory
        } catch {
            if error.code == ENOENT {
                // A dangling link is something too.
                return try Sys.exists(path) ? .file : .nothing
            }
            throw Failure(
                "could not look at '\(path)'", cause: error,
                remedy: "Choose another place with --output-directory, or look who may write there.")
        }
    }

    private static func isMountPoint(_ path: ByteString) throws -> Bool {
        try Sys.stat(path).st_dev != Sys.stat(path.parentPath).st_dev
    }

    static func withoutTrailingSlashes(_ path: ByteString) -> ByteString {
        var bytes = path.bytes
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return ByteString(bytes)
    }

    /// Creates a directory with its parents; returns those that were not there.
    public static func makeDirectories(_ path: ByteString, umask: UInt32) throws -> [ByteString] {
        if try Sys.exists(path) { return [] }
        var made = path.parentPath == path ? [] : try makeDirectories(path.parentPath, umask: umask)
        do {
            try Sys.mkdir(path, mode: mode_t(0o777 & ~umask))
            made.append(path)
        } catch {
            guard error.code == EEXIST else {
                remove(made)
                throw Failure(
                    "could not create directory '\(path)'", cause: error,
                    remedy: "Choose another place with --output-directory, or look who may write there.")
            }
        }
        return made
    }

    /// Removes directories if they are empty.
    private static func remove(_ directories: [ByteString]) {
        for directory in directories.reversed() { try? Sys.unlink(directory, isDirectory: true) }
    }
}
