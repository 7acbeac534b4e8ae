/// The command line of both programs.
public enum Program {
    /// The version of this program, printed by `--version` and written to `pixi-pack.json`.
    public static let version = "0.8.0"

    public static func main() {}
}
