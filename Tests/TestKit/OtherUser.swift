import LibC
import Support

/// A second user of the machine, for tests of what users can do to each other. Only root can play one.
public enum OtherUser {
    /// Nobody's number on most systems; whether it has a name plays no role.
    public static let id: UInt32 = 65534

    /// Why tests with two users did not run is said by their condition: `.enabled(if: OtherUser.canAct, OtherUser.needs)`.
    public static let canAct = geteuid() == 0 && ChildProcess.find("setpriv") != nil
    public static let canOwn = geteuid() == 0
    public static let needs = "needs root, to act as a second user"

    /// Gives a file or a tree to the other user.
    public static func give(_ path: ByteString) throws {
        if try Sys.stat(path, followLinks: false).st_mode & S_IFMT == S_IFDIR {
            for name in try Sys.list(path) { try give(path.appending(path: name)) }
        }
        guard path.withCString({ lchown($0, id, id) }) == 0 else {
            throw SystemError(code: errno, operation: "give away '\(path)'")
        }
    }

    /// Runs a program as the other user.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], in folder: ByteString? = nil
    ) throws -> ChildProcess.Outcome {
        guard let setpriv = ChildProcess.find("setpriv") else { throw Failure("there is no setpriv") }
        return try ChildProcess.run(
            [setpriv, "--reuid=\(id)", "--regid=\(id)", "--clear-groups", "--"] + arguments,
            environment: environment, in: folder)
    }
}
