import LibC

extension Sys {
    /// Waits until no other process holds the lock of the open file (`flock(2)`), then holds it until the file is
    /// closed. Does nothing where the file system has no locks.
    ///
    /// - Throws: `Failure` if a signal asked the program to end.
    public static func lockExclusively(_ descriptor: Int32) throws {
        while tryLock(descriptor) == .taken {
            try Interruption.check()
            usleep(50_000)
        }
    }

    /// What came of asking for a lock.
    public enum LockOutcome: Sendable {
        /// We hold it until the file is closed.
        case held
        /// Another process holds it.
        case taken
        /// This file system has no locks (some network file systems).
        case unavailable
    }

    /// Asks for the lock of an open file or directory, without waiting (`flock(2)`).
    public static func tryLock(_ descriptor: Int32) -> LockOutcome {
        do {
            try retrying(.lock, "lock") { flock(descriptor, LOCK_EX | LOCK_NB) }
            return .held
        } catch {
            return error.code == EWOULDBLOCK ? .taken : .unavailable
        }
    }
}
