import Support

/// Launchers that `pixi global` puts on PATH. They start the program of an environment and are of no use anywhere else.
enum Trampoline {
    /// The program that a launcher starts: `trampoline_configuration/NAME.json` beside it names it as `exe`; nil if this is no
    /// launcher.
    static func target(of program: ByteString) -> ByteString? {
        let folder = program.parentPath.appending(path: "trampoline_configuration")
        guard
            let bytes = try? File.open(folder.appending(path: program.lastPathComponent + ".json")).slice().readAll(
                limit: 1 << 20),
            let exe = try? JSONDocument(bytes).root["exe"]?.string, !exe.isEmpty
        else { return nil }
        return ByteString(exe)
    }
}
