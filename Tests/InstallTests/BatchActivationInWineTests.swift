import Support
import TestKit
import Testing

@testable import Install

/// One after the other: a Windows of wine takes 770 MB of disk while it is used.
@Suite(
    "activation by batch files, in wine", .serialized,
    .enabled(if: Wine.installed != nil, Comment(rawValue: Wine.missing)))
struct BatchActivationInWineTests {
    private static let values = [
        ("V_PLAIN", "a b"), ("V_QUOTES", #"say "x & y" twice"#), ("V_SIGNS", "a&b|c<d>e^f(g)%PATH%!h!'`$"),
    ]

    private static let expected = [
        "V_PLAIN=a b", #"V_QUOTES=say "x & y" twice"#, "V_SCRIPT=a b and more", "V_SIGNS=a&b|c<d>e^f(g)%PATH%!h!'`$",
    ]

    private let directory: TemporaryDirectory
    private let sources: ActivationSources

    init() throws {
        directory = try TemporaryDirectory()
        let pairs = Self.values.map { name, value in
            "\"\(name)\": \"\(value.replacing(text: "\"", with: "\\\""))\""
        }
        try directory.write("my env/etc/conda/env_vars.d/v.json", "{\(pairs.joined(separator: ", "))}")
        try directory.write("my env/etc/conda/activate.d/a.bat", "@set \"V_SCRIPT=%V_PLAIN% and more\"\r\n")
        try directory.write("my env/etc/conda/deactivate.d/a.bat", "@set \"V_LEFT=%V_SCRIPT%\"\r\n@set V_SCRIPT=\r\n")
        sources = try ActivationSources(environmentAt: directory("my env"))
    }

    /// Runs a batch file that calls `activate.bat` and then `set V_`, which has to print the variables as expected.
    ///
    /// - Returns: the lines it prints.
    private func run(
        _ batch: String, with activation: [UInt8], environment: [String: String] = [:]
    ) throws -> [String] {
        let wine = try #require(Wine.installed)
        try directory.write("activate.bat", activation)
        try directory.write("try.bat", batch)
        let outcome = try wine.run("try.bat", in: directory.path, environment: environment)
        let lines = outcome.output.parts(between: "\n").map { String($0).replacing(text: "\r", with: "") }
        #expect(Array(lines.prefix(4)) == Self.expected, "\(outcome.errors)")
        return lines
    }

    @Test("variables have their values to the letter, scripts of packages run")
    func plain() throws {
        let script = ActivationScript(shell: .cmd, prefix: directory("my env"), sources: sources)
        let found = try run(
            "@echo off\r\ncall activate.bat\r\nset V_\r\necho [%CONDA_PREFIX%]\r\necho [%PATH%]\r\n",
            with: script.bytes)
        #expect(found.contains("[\(directory("my env"))]"), "\(found)")
        #expect(found.contains { $0.hasPrefix("[\(directory("my env"))/bin:C:\\windows") }, "\(found)")
    }

    @Test("the reversible script brings back what was before")
    func reversible() throws {
        let script = try ReversibleActivation(
            shell: .cmd, prefix: directory("my env"), movingWith: directory.path, sources: sources)
        let found = try run(
            """
            @echo off\r
            set "P_WAS=%PATH%"\r
            call activate.bat\r
            set V_\r
            echo [%CONDA_PREFIX%]\r
            call activate.bat deactivate\r
            echo after\r
            set V_\r
            echo [%CONDA_PREFIX%]\r
            if "%P_WAS%"=="%PATH%" echo same path\r

            """, with: script.bytes, environment: ["V_PLAIN": "before & behind"])
        #expect(found.contains { $0.hasSuffix("\\my env]") }, "\(found)")
        let after = found.drop { $0 != "after" }.dropFirst()
        #expect(Array(after.prefix(2)) == ["V_LEFT=a b and more", "V_PLAIN=before & behind"], "\(found)")
        #expect(after.contains("[]") && after.contains("same path"), "\(found)")
    }
}
