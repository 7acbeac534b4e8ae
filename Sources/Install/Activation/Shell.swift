import Support

/// The kinds of activation script. Shells that read the same text share a case (docs/spec/install.md#scripts).
public enum Shell: String, CaseIterable, Sendable, Hashable {
    /// Every POSIX shell: bash, sh, dash, ksh, busybox, brush.
    case bash
    case zsh
    /// csh and tcsh.
    case csh
    case fish
    case xonsh
    case cmd
    case powershell
    case nushell

    /// The names that `--shell` accepts, in the order in which messages list them, each with its script.
    public static let names: [(name: String, shell: Shell)] = [
        ("bash", .bash), ("sh", .bash), ("dash", .bash), ("ksh", .bash), ("busybox", .bash), ("brush", .bash),
        ("zsh", .zsh), ("fish", .fish), ("xonsh", .xonsh), ("cmd", .cmd),
        ("powershell", .powershell), ("powershell_ise", .powershell), ("nushell", .nushell), ("nu", .nushell),
        ("csh", .csh), ("tcsh", .csh),
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
        case .csh: "csh"
        case .fish: "fish"
        case .xonsh: "xsh"
        case .cmd: "bat"
        case .powershell: "ps1"
        case .nushell: "nu"
        }
    }

    /// The extensions of the files in `activate.d` that this shell runs (docs/spec/install.md#activate-d).
    var hookExtensions: [String] { self == .xonsh ? ["xsh", "sh"] : [fileExtension] }
}
