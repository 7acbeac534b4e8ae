import Support

/// Wine from version 10 on, whose `cmd` reads batch files as that of Windows does; in earlier ones what stands behind `||` always runs.
public struct Wine: Sendable {
    public static let missing = "there is no wine 10 or newer (Debian 13 has one: apt-get install wine64)"

    /// The one on the search path, if it is new enough.
    public static let installed: Wine? = ChildProcess.find("wine").flatMap { path in
        // `wine-10.0 (Debian 10.0~repack-6)`
        let outcome = try? ChildProcess.run(
            [path, "--version"], environment: ["PATH": searchPath, "HOME": "/nonexistent"])
        let digits = outcome?.output.split(separator: "-").dropFirst().first?.prefix { $0.isNumber }
        return (digits.flatMap { Int($0) } ?? 0) >= 10 ? Wine(program: path) : nil
    }

    private static let searchPath = "/usr/local/bin:/usr/bin:/bin"
    private let program: String

    /// Runs a batch file of a folder with the folder as the current one, in a Windows of its own that is gone afterwards.
    public func run(
        _ batch: String, in folder: ByteString, environment: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        let home = try TemporaryDirectory()
        let own = [
            "PATH": Wine.searchPath, "HOME": home.path.lossyString, "WINEPREFIX": home("wine").lossyString,
            "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "LC_ALL": "C.UTF-8",
        ]
        let variables = environment.merging(own) { $1 }
        // A Windows is made by the first program that wants one.
        _ = try ChildProcess.run([program, "wineboot", "--init"], environment: variables, in: folder)
        defer { _ = try? ChildProcess.run([program, "wineboot", "--kill"], environment: variables, in: folder) }
        return try ChildProcess.run([program, "cmd", "/c", batch], environment: variables, in: folder)
    }
}
