import LibC
import Support

/// The place for an environment: what is there, and what may be done about it.
public enum PrefixPlace {
    /// What to do if something cannot be made or read there.
    public static let remedy: Message =
        "Choose another place with --output-directory, or look who may write there."

    /// What may be at the place of a new environment.
    enum Contents {
        case nothing
        case emptyDirectory(FileIdentity)
        case environment(FileIdentity)
    }

    /// Refuses a place from which nothing could be run: PATH separates its folders by colons, and a first line of a script
    /// ends at a line break.
    ///
    /// - Throws: `Failure` naming the place and what is wrong with it.
    public static func requireUsable(_ prefix: ByteString) throws {
        let problem: Message? =
            prefix.bytes.contains(UInt8(ascii: ":"))
            ? "a colon in it, which PATH takes for the end of a folder"
            : prefix.bytes.contains(0x0A) ? "a line break in it, which no first line of a script can have" : nil
        guard let problem else { return }
        throw Failure(
            "no program could be run from an environment at '\(prefix)': it has \(problem)",
            remedy: "Choose another place with --output-directory or --env-name.")
    }

    /// Checks that only what may be replaced is at the place: nothing, an empty directory or, if wanted, an
    /// environment.
    ///
    /// - Throws: `Failure` naming anything else, and how to remove it by hand.
    @discardableResult
    static func requireRoom(for prefix: ByteString, replacing: Bool) throws -> Contents {
        let prefix = withoutTrailingSlashes(prefix)
        let isFile: Bool
        do throws(SystemError) {
            let directory = try Sys.openDirectory(prefix)
            let identity = FileIdentity(try Sys.stat(directory.descriptor))
            if try Sys.list(directory.descriptor, describedAs: prefix).isEmpty { return .emptyDirectory(identity) }
            if replacing, try EnvironmentFolder.isEnvironment(directory.descriptor) { return .environment(identity) }
            isFile = false
        } catch {
            switch error.code {
            case ENOENT where try !Sys.exists(prefix): return .nothing
            // A dangling link counts as something.
            case ENOENT, ENOTDIR, ELOOP: isFile = true
            default:
                throw Failure(
                    "could not look at '\(prefix)'", cause: error,
                    remedy: remedy)
            }
        }
        let word = PosixQuoting.word(prefix)
        throw Failure(
            "'\(prefix)' already exists and is \(isFile ? "a file" : "not empty"), and no environment",
            remedy: """
                Choose another place (--output-directory, --env-name). Only environments are replaced with --force; if \
                nothing in it is needed, remove it yourself: \(isFile ? "rm" : "rm -r") \(word)
                """)
    }

    /// Checks that an environment can be made there.
    ///
    /// - Throws: `Failure` naming what is in the way.
    public static func check(_ prefix: ByteString, replacing: Bool) throws {
        try requireRoom(for: prefix, replacing: replacing)
    }

    /// Cleans up what killed runs left beside an environment. An environment that was about to be replaced, and whose
    /// successor never appeared, gets its name back; everything else is removed. What running processes use, and what
    /// belongs to others, is left alone.
    ///
    /// - Throws: `Failure` if the environment that would get its name back is not ours.
    public static func tidy(_ prefix: ByteString, trustsOwner: Bool = false) throws {
        let prefix = withoutTrailingSlashes(prefix)
        let name = prefix.lastPathComponent
        guard let parent = try? Sys.openDirectory(prefix.parentPath),
            let names = try? Sys.list(parent.descriptor, describedAs: parent.path)
        else { return }
        let isOld = { TemporaryName.matches($0, for: name, purpose: "old") }
        if (try? Sys.exists(name, at: parent.descriptor)) == false {
            for old in names where isOld(old) {
                if try revive(old, as: name, in: parent, trustsOwner) { break }
            }
        }
        if (try? Sys.exists(name, at: parent.descriptor)) == true { HiddenTemporary.sweep(parent, where: isOld) }
        HiddenTemporary.sweep(parent) { TemporaryName.matches($0, for: name) }
    }

    /// Gives the old environment its name back; returns whether it did.
    private static func revive(
        _ old: ByteString, as name: ByteString, in parent: File, _ trustsOwner: Bool
    ) throws -> Bool {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        let path = parent.path.appending(path: old)
        guard let status = try? Sys.stat(old, at: parent.descriptor, followLinks: false),
            status.st_mode & S_IFMT == S_IFDIR
        else { return false }
        if !trustsOwner { try EnvironmentOwner.require(status, of: path) }
        guard let descriptor = try? Sys.open(old, flags, at: parent.descriptor) else { return false }
        let file = File(descriptor: descriptor, path: path)
        guard FileIdentity(try file.status()) == FileIdentity(status), Sys.tryLock(descriptor) == .held,
            (try? EnvironmentFolder.isEnvironment(descriptor)) == true
        else { return false }
        return (try? Sys.rename(old, to: name, how: .exclusively, at: parent.descriptor)) != nil
    }

    static func withoutTrailingSlashes(_ path: ByteString) -> ByteString {
        var bytes = path.bytes
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return ByteString(bytes)
    }

    /// Creates a directory and its missing parents; returns those that were made, outermost first.
    static func makeDirectories(_ path: ByteString, umask: UInt32) throws -> [ByteString] {
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
                    remedy: remedy)
            }
        }
        return made
    }

    /// Removes directories if they are empty.
    static func remove(_ directories: [ByteString]) {
        for directory in directories.reversed() { try? Sys.unlink(directory, isDirectory: true) }
    }
}
