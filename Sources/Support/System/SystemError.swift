import CSystem
import LibC

/// A system call that failed.
public struct SystemError: Error, Sendable, Equatable {
    /// The `errno` value.
    public let code: Int32
    /// What was attempted, for example `open '/x'`.
    let operation: String

    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// What kind of failure it is, as far as the code tells.
    var kind: Failure.Kind? {
        switch code {
        case ENOENT, ENOTDIR: .notFound
        case ENOSPC, EDQUOT: .space
        default: nil
        }
    }

    /// The C library's text for the code (`strerror_r(3)`).
    var reason: String {
        // This variant writes into our buffer: threads share no state.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, 256) == 0 else { return "error \(code)" }
            return String(cString: base)
        }
    }
}

extension SystemError {
    /// What to do if the machine as a whole is the cause, whatever was attempted.
    var remedyForMachine: Message? {
        switch code {
        case ENOSPC, EDQUOT: "Make room there, or choose another place; temporary files go to TMPDIR."
        case EFBIG: "Allow larger files (ulimit -f unlimited), or choose a file system that has them."
        case EROFS: "The file system is mounted read-only: choose another place."
        case EMFILE, ENFILE: "Allow more open files (ulimit -n 4096), or use fewer workers with --jobs."
        case ENOMEM: "Use fewer workers with --jobs, or a machine with more memory."
        case EPIPE: "Look whether the reader is still there, or write to a file."
        case EIO: "The disk or the network file system fails: look at the system's log, or use another one."
        default: nil
        }
    }

    /// What to do if the path cannot be used as it was attempted.
    var remedyForPath: Message? {
        switch code {
        case ENOENT, ENOTDIR: "Check the path."
        case EACCES, EPERM: "Look who may read and write there, or choose another place."
        case EISDIR: "Name a file, not a folder."
        case ELOOP: "Links lead in a circle there: name the file itself."
        case ENAMETOOLONG: "Choose a shorter path."
        default: nil
        }
    }
}

extension SystemError {
    /// Nothing is at the path, or what should be a directory on the way to it is not.
    public var isAbsence: Bool { code == ENOENT || code == ENOTDIR }

    /// Whether it is a matter of permissions.
    var isDenial: Bool { code == EACCES || code == EPERM }
}

extension SystemError: CustomStringConvertible {
    public var description: String { message.brief }

    /// The operation, with its subject, and what the system answered.
    var message: Message { "\(operation): \(reason) (os error \(code))" }
}
