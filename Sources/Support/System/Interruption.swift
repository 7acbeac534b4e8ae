import CSystem

/// Ends long work in order when the user or the system asks for it (Ctrl-C, SIGTERM, SIGHUP): whoever makes something
/// looks here now and then, and cleans up as after any error.
public enum Interruption {
    /// From now on the first such signal is noted instead of ending the process; the second ends it.
    public static func begin() { pixi_note_interruptions() }

    /// The signal that came, if one did.
    public static var signal: Int32? {
        let signal = pixi_interruption()
        return signal == 0 ? nil : signal
    }

    /// Waits until something can be read.
    ///
    /// - Throws: `Failure` if the work shall stop.
    public static func waitToRead(_ descriptor: Int32) throws {
        repeat { try check() } while !Sys.isReadable(descriptor, withinMilliseconds: 200)
    }

    /// - Throws: `Failure` if the work shall stop.
    @inlinable
    public static func check() throws {
        if signal != nil { throw Failure("interrupted") }
    }
}
