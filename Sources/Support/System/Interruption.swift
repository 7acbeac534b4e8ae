import CSystem

/// Ends long work in an orderly way when the user or the system asks for it (Ctrl-C, SIGTERM, SIGHUP). Loops that can
/// last call `check()`, and clean up as after any other error.
public enum Interruption {
    /// From now on the first such signal is only noted; the second one ends the process (`sigaction(2)`).
    public static func begin() { pixi_note_interruptions() }

    /// The signal that was noted, if there was one.
    public static var signal: Int32? {
        let signal = pixi_interruption()
        return signal == 0 ? nil : signal
    }

    /// Waits until the descriptor has something to read (`poll(2)`).
    ///
    /// - Throws: `Failure` if a signal asked the program to end.
    public static func waitToRead(_ descriptor: Int32) throws {
        repeat { try check() } while !Sys.isReadable(descriptor, withinMilliseconds: 200)
    }

    /// - Throws: `Failure` if a signal was noted.
    @inlinable
    public static func check() throws {
        if signal != nil { throw Failure("interrupted") }
    }
}
