import Support

/// The kinds of activation script there are: shells that read the same text are one (docs/spec/install.md#scripts).
public enum Shell: String, CaseIterable, Sendable, Hashable {
    /// Every shell that reads the POSIX language: bash, sh, dash, ksh, busybox, brush.
    case bash
    case zsh
    case fish
    case xonsh
    case cmd
    case powershell
    case nushell

    /// The names `--shell` knows, in the order messages list them, with the script each one gets.
    public static let names: [(name: String, shell: Shell)] = [
        ("bash", .bash), ("sh", .bash), ("dash", .bash), ("ksh", .bash), ("busybox", .bash), ("brush", .bash),
        ("zsh", .zsh), ("fish", .fish), ("xonsh", .xonsh), ("cmd", .cmd),
        ("powershell", .powershell), ("powershell_ise", .powershell), ("nushell", .nushell), ("nu", .nushell),
    ]

    /// The script for a shell's name; names are case-sensitive (docs/spec/install.md#scripts).
    ///
    /// - Throws: `Failure` listing the valid names.
    public init(named name: String) throws {
        guard let entry = Shell.names.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw Failure(
                "unknown shell '\(name)'",
                remedy: "Use one of \(Shell.names.map(\.name).listed()).")
        }
        self = entry.shell
    }

    /// The extension of the script without its dot; bash and zsh share one.
    var fileExtension: String {
        switch self {
        case .bash, .zsh: "sh"
        case .fish: "fish"
        case .xonsh: "xsh"
        case .cmd: "bat"
        case .powershell: "ps1"
        case .nushell: "nu"
        }
    }

    /// The extensions of the files in `activate.d` this shell runs (docs/spec/install.md#activate-d).
    var hookExtensions: [String] { self == .xonsh ? ["xsh", "sh"] : [fileExtension] }
}
