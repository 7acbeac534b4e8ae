import LibC
import Support

/// The right to make or change the environment at one place. Only one process can have it.
///
/// It is a lock on a file `.<name>.pixi-unpack-lock` beside the place, which exists as long as a process holds it, and
/// a lock on the directory at the place if there is one. The file is needed because network file systems cannot lock
/// directories. If no file can be made beside the place, only the directory is locked; where there are no locks, no
/// process waits.
public final class PlaceLock {
    /// Whether another process had the lock first.
    public private(set) var hasWaited = false
    private let prefix: ByteString
    private let trustsOwner: Bool
    private let waiting: Waiting
    private var parent: File?
    private var file: File?
    private var directory: File?
    /// Directories that were made above the place, outermost first.
    private var madeParents: [ByteString] = []

    /// What to do if another process has the lock.
    public enum Waiting: Sendable {
        /// Wait, after saying so.
        case announced(@Sendable (Message) -> Void)
        /// Fail.
        case refused
    }

    private init(_ prefix: ByteString, _ waiting: Waiting, trustsOwner: Bool) {
        self.prefix = PrefixPlace.withoutTrailingSlashes(prefix)
        self.waiting = waiting
        self.trustsOwner = trustsOwner
    }

    /// Takes the lock of a place. It is released when the result is dropped; its file is then removed, and so are
    /// directories made for it if they are empty.
    ///
    /// - Parameter prefix: the absolute path without links.
    /// - Throws: `Failure` if another process has the lock and waiting is refused, or a signal asked the program to end.
    public static func acquire(
        _ prefix: ByteString, umask: UInt32, waiting: Waiting, trustsOwner: Bool = false
    ) throws -> PlaceLock {
        let lock = PlaceLock(prefix, waiting, trustsOwner: trustsOwner)
        while try !lock.takeFile(umask) {}
        try lock.takeDirectory()
        return lock
    }

    deinit {
        if file != nil, let parent { RemoveTree.discard(lockName, at: parent.descriptor) }
        PrefixPlace.remove(madeParents)
    }

    private var lockName: ByteString {
        "." + ByteString(prefix.lastPathComponent.bytes.prefix(200)) + ".pixi-unpack-lock"
    }

    // MARK: The file

    /// Returns false if the file went or came in the meantime, so that it has to be looked for again.
    private func takeFile(_ umask: UInt32) throws -> Bool {
        try Interruption.check()
        madeParents += try PrefixPlace.makeDirectories(prefix.parentPath, umask: umask)
        let file: File
        do throws(SystemError) {
            let parent = try Sys.openDirectory(prefix.parentPath)
            self.parent = parent
            guard let open = try openFile(in: parent) else { return false }
            file = open
        } catch {
            switch error.code {
            case ENOENT: return false
            // We may not write here. Making a new environment will report that.
            case EACCES, EPERM, EROFS:
                try refuseOthersFile()
                return true
            default:
                throw Failure(
                    "could not create the environment '\(prefix)'", cause: error,
                    remedy: PrefixPlace.remedy)
            }
        }
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else {
            throw Failure(
                "'\(file.path)' is not a lock of pixi-unpack, but is where that has to be",
                remedy: "Give it another name, or choose another place with --output-directory.")
        }
        switch Sys.tryLock(file.descriptor) {
        case .unavailable:
            if status.st_uid == geteuid() { try? removeFile(file) }
            return true
        case .taken:
            if status.st_uid != geteuid(), !trustsOwner { throw othersWork(status) }
            try wait(for: file)
        case .held: break
        }
        // The process that held the lock has removed the file, and there may be another one by now.
        guard let now = try? Sys.stat(file.path.lastPathComponent, at: parentDescriptor, followLinks: false),
            FileIdentity(now) == FileIdentity(status)
        else { return false }
        if status.st_uid != geteuid() {
            // What a killed run of another user left, or what somebody put there.
            try removeFile(file)
            return false
        }
        self.file = file
        return true
    }

    private var parentDescriptor: Int32 { parent?.descriptor ?? -1 }

    /// Nil if another process is just making it.
    private func openFile(in parent: File) throws(SystemError) -> File? {
        let path = parent.path.appending(path: lockName)
        let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK
        do throws(SystemError) {
            return File(descriptor: try Sys.open(lockName, flags, at: parent.descriptor), path: path)
        } catch {
            guard error.code == ENOENT else { throw error }
        }
        do throws(SystemError) {
            let descriptor = try Sys.open(lockName, flags | O_CREAT | O_EXCL, mode: 0o600, at: parent.descriptor)
            return File(descriptor: descriptor, path: path)
        } catch {
            if error.code == EEXIST { return nil }
            throw error
        }
    }

    private func removeFile(_ file: File) throws {
        try describing("could not remove '\(file.path)'", remedy: "Remove it, or choose another place.") {
            try Sys.unlink(lockName, at: parentDescriptor)
        }
    }

    private func refuseOthersFile() throws {
        guard let parent, let status = try? Sys.stat(lockName, at: parent.descriptor, followLinks: false),
            status.st_uid != geteuid()
        else { return }
        throw othersWork(status)
    }

    private func othersWork(_ status: stat) -> Failure {
        let path = prefix.parentPath.appending(path: lockName)
        return Failure(
            "\(Ownership.owner(status)) is making or changing the environment '\(prefix)'",
            remedy: "Choose another place with --output-directory. If nothing is going on there, remove '\(path)'.")
    }

    // MARK: The directory

    private func takeDirectory() throws {
        guard let descriptor = try? Sys.open(prefix, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
        let directory = File(descriptor: descriptor, path: prefix)
        if Sys.tryLock(descriptor) == .taken { try wait(for: directory) }
        self.directory = directory
    }

    // MARK: Waiting

    /// Waits until we hold the lock of an open file.
    private func wait(for file: File) throws {
        guard case .announced(let say) = waiting else {
            throw Failure(
                "another pixi-unpack is making or changing the environment '\(prefix)'",
                remedy: "Run this again when it is done, or without --no-wait.")
        }
        if !hasWaited { say("Another pixi-unpack is at work on '\(prefix)': waiting until it is done.") }
        hasWaited = true
        var pause: UInt32 = 20_000
        while Sys.tryLock(file.descriptor) == .taken {
            try Interruption.check()
            usleep(pause)
            pause = min(pause * 3 / 2, 500_000)
        }
    }
}
