import LibC
import Support

/// Asks for a secret on the terminal, wherever the standard streams go, without showing it.
enum PasswordPrompt {
    private static let remedy: Message =
        "Name a file with --password-file, or set PIXI_PACK_KEY_PASSWORD."

    /// - Throws: `Failure` if there is no terminal, or the answer is broken off.
    static func ask(_ question: String) throws -> [UInt8] {
        let terminal = try describing(
            "the key needs a password, and there is no terminal to ask for it", remedy: remedy
        ) { File(descriptor: try Sys.open("/dev/tty", O_RDWR), path: "/dev/tty") }
        let descriptor = terminal.descriptor
        var usual = termios()
        guard tcgetattr(descriptor, &usual) == 0 else {
            throw Failure("the key needs a password, and the terminal cannot be asked for it", remedy: remedy)
        }
        // Each key comes on its own: also the one that interrupts, so that the terminal is never left in this mode.
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(descriptor, TCSAFLUSH, &silent)
        defer { tcsetattr(descriptor, TCSAFLUSH, &usual) }
        func write(_ text: String) throws {
            try Array(text.utf8).withUnsafeBytes { try Sys.writeAll(descriptor, $0) }
        }
        try write(question)
        defer { try? write("\n") }
        var answer: [UInt8] = []
        while answer.count < 4096 {
            var byte: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &byte) { try Sys.read(descriptor, into: $0) }
            switch (count, byte) {
            case (0, _), (_, 0x03), (_, 0x04), (_, 0x1C): throw Failure("no password was given", remedy: remedy)
            case (_, 0x0A), (_, 0x0D): return answer
            case (_, 0x7F), (_, 0x08): if !answer.isEmpty { answer.removeLast() }
            case (_, 0x15): answer = []
            default: answer.append(byte)
            }
        }
        throw Failure("the password is too long", remedy: remedy)
    }
}
