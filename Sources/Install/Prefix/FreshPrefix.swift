import LibC
import Support

/// An environment that is built under a hidden name beside its final place and appears complete, by a rename at the
/// end. If it is given up, everything is as it was before.
///
/// The parent folder stays open, and names are only used relative to it. Whatever happens to the folders above it,
/// nothing else is renamed or removed.
public final class FreshPrefix {
    /// The path at which to build.
    public let workplace: ByteString
    /// Where it will be.
    private let place: ByteString
    /// What is at the place now.
    private let existing: PrefixPlace.Contents
    private let parent: File
    /// The hidden folder in which it is built. Nil if the final place is an empty directory that cannot be replaced,
    /// such as a mount point; it is then built in place.
    private let hidden: HiddenTemporary.Directory?
    private let inPlace: File?
    /// Directories that were made above the place, outermost first.
    private var madeParents: [ByteString] = []
    private var isDone = false

    /// - Parameters:
    ///   - prefix: the absolute path without links. Slashes at its end are ignored.
    ///   - replacing: whether an existing environment shall be replaced as a whole, at the end.
    ///   - umask: permission bits that new directories do not get.
    ///   - trustsOwner: whether to build in an empty directory of another user that cannot be replaced.
    /// - Throws: `Failure` if there is anything at the place except an empty directory or, if it may be replaced, an
    ///   environment.
    public init(_ prefix: ByteString, replacing: Bool, umask: UInt32, trustsOwner: Bool = false) throws {
        place = PrefixPlace.withoutTrailingSlashes(prefix)
        existing = try PrefixPlace.requireRoom(for: place, replacing: replacing)
        if case .nothing = existing {
            madeParents = try PrefixPlace.makeDirectories(place.parentPath, umask: umask)
        }
        do {
            parent = try Sys.openDirectory(place.parentPath)
            (hidden, inPlace) = try FreshPrefix.workplace(for: place, existing, in: parent, umask)
            if let inPlace, !trustsOwner { try EnvironmentOwner.require(try inPlace.status(), of: place) }
        } catch {
            PrefixPlace.remove(madeParents)
            throw Failure(
                "could not create the environment '\(prefix)'", cause: error,
                remedy: PrefixPlace.remedy)
        }
        workplace = hidden?.path ?? place
    }

    private static func workplace(
        for place: ByteString, _ existing: PrefixPlace.Contents, in parent: File, _ umask: UInt32
    ) throws -> (hidden: HiddenTemporary.Directory?, inPlace: File?) {
        let name = place.lastPathComponent
        guard case .emptyDirectory = existing else {
            return (try HiddenTemporary.directory(for: name, in: parent, mode: 0o777 & ~umask), nil)
        }
        let directory = File(
            descriptor: try Sys.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: parent.descriptor), path: place)
        if try directory.status().st_dev != parent.status().st_dev { return (nil, directory) }
        do throws(SystemError) {
            return (try HiddenTemporary.directory(for: name, in: parent, mode: 0o777 & ~umask), nil)
        } catch {
            guard [EACCES, EPERM, EROFS].contains(error.code) else { throw error }
            return (nil, directory)
        }
    }

    deinit { giveUp() }

    /// Makes the environment appear, together with what belongs to it.
    ///
    /// - Parameter companions: makes these files appear, all or none of them.
    /// - Throws: `Failure`, or the error of `companions`. What was there before is then there again.
    public func commit(with companions: () throws -> Void = {}) throws {
        guard let hidden else {
            try companions()
            isDone = true
            return
        }
        let move = try describing(
            "could not move the finished environment to '\(place)'",
            remedy: "End the programs that run in the environment, and unpack again."
        ) { try takePlace(hidden) }
        do {
            try companions()
        } catch {
            try? move.undo()
            throw error
        }
        isDone = true
        discard(move.old)
    }

    /// Removes what was made. Does nothing after `commit`.
    public func giveUp() {
        if isDone { return }
        isDone = true
        if let inPlace {
            try? RemoveTree.removeContents(of: inPlace.descriptor, describedAs: place)
        } else if let hidden {
            RemoveTree.discard(hidden.name, at: parent.descriptor, expected: try? hidden.identity())
        }
        PrefixPlace.remove(madeParents)
    }

    /// Removes what was replaced: an environment completely, a directory only if it is still empty.
    private func discard(_ old: ByteString?) {
        guard let old else { return }
        switch existing {
        case .nothing: break
        case .emptyDirectory: try? Sys.unlink(old, at: parent.descriptor, isDirectory: true)
        case .environment(let identity): RemoveTree.discard(old, at: parent.descriptor, expected: identity)
        }
    }

    // MARK: Moves

    /// What was done, and how to undo it.
    private struct Move {
        /// The new name of the directory that was replaced.
        var old: ByteString?
        let undo: () throws -> Void
    }

    private func takePlace(_ hidden: HiddenTemporary.Directory) throws -> Move {
        let (from, to, parent) = (hidden.name, place.lastPathComponent, parent)
        let identity: FileIdentity
        switch existing {
        case .nothing:
            // Anything that appeared at the place in the meantime stays. Where the system cannot ensure that, a file or
            // a directory with contents still does.
            do throws(SystemError) {
                try Sys.rename(from, to: to, how: .exclusively, at: parent.descriptor)
            } catch {
                guard [ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code) else { throw error }
                try rename(from, to)
            }
            return Move {
                try Sys.rename(to, to: from, fromDirectory: parent.descriptor, toDirectory: parent.descriptor)
            }
        case .emptyDirectory(let existing), .environment(let existing): identity = existing
        }
        do throws(SystemError) {
            try Sys.rename(from, to: to, how: .exchanging, at: parent.descriptor)
        } catch {
            guard [ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code) else { throw error }
            return try moveInTwoSteps(from, to, identity)
        }
        let undo = { try Sys.rename(from, to: to, how: .exchanging, at: parent.descriptor) }
        do {
            try require(identity, at: from)
        } catch {
            try? undo()
            throw error
        }
        return Move(old: from, undo: undo)
    }

    /// For systems that cannot exchange two names. Between the steps the old environment has a hidden name.
    private func moveInTwoSteps(_ from: ByteString, _ to: ByteString, _ identity: FileIdentity) throws -> Move {
        let parent = parent
        let old = TemporaryName.make(for: to, purpose: "old")
        let lock = (try? Sys.open(to, O_RDONLY | O_NOFOLLOW, at: parent.descriptor)).map {
            File(descriptor: $0, path: place)
        }
        if let lock { _ = Sys.tryLock(lock.descriptor) }
        try rename(to, old)
        do {
            try require(identity, at: old)
            try rename(from, to)
        } catch {
            try? rename(old, to)
            throw error
        }
        return Move(old: old) {
            // The lock keeps other processes from removing the old one as a leftover of a killed run.
            withExtendedLifetime(lock) {}
            for (from, to) in [(to, from), (old, to)] {
                try Sys.rename(from, to: to, fromDirectory: parent.descriptor, toDirectory: parent.descriptor)
            }
        }
    }

    private func rename(_ from: ByteString, _ to: ByteString) throws(SystemError) {
        try Sys.rename(from, to: to, fromDirectory: parent.descriptor, toDirectory: parent.descriptor)
    }

    /// Checks that the thing that was moved is the one that was looked at.
    private func require(_ identity: FileIdentity, at name: ByteString) throws {
        let status = try Sys.stat(name, at: parent.descriptor, followLinks: false)
        if FileIdentity(status) != identity {
            throw Failure("another process has put something else there", remedy: "Look what it is, and unpack again.")
        }
    }
}
