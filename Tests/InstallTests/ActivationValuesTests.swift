import Support
import TestKit
import Testing

@testable import Install

/// Scripts with values and places that shells would run, sourced by real shells: what comes out is what went in.
@Suite("values of activation in real shells")
struct ActivationValuesTests {
    /// In JSON, and as they come out; `$HOME` and `${GIVEN}` are expanded.
    private static let values: [(name: String, json: String, result: String)] = [
        ("PLAIN", "a b", "a b"), ("QUOTE", #"say \"hi\""#, #"say "hi""#), ("SQ", "it's ''", "it's ''"),
        ("DOLLAR", "$HOME/x", "/h o me/x"), ("BRACE", "${GIVEN}y$GIVEN[1]$GIVEN:h", "g'vy" + "g'v[1]" + "g'v:h"),
        ("UNSET", "a${UNSET_VARIABLE}b", "ab"),
        ("BT", "`touch pwned`$HOME`touch pwned`", "`touch pwned`/h o me`touch pwned`"),
        ("CMD", "$(touch pwned)$HOME", "$(touch pwned)/h o me"),
        ("ODD", "$5 $$ $? $ ${ ${A-`touch pwned`} $", "$5 $$ $? $ ${ ${A-`touch pwned`} $"),
        ("NL", #"line1\nline2\n"#, "line1\nline2\n"), ("BS", #"C:\\dir\\n\\"#, #"C:\dir\n\"#),
        ("BSD", #"$HOME\\"#, #"/h o me\"#), ("BSQ", #"\\\"$HOME\\\\\""#, #"\"/h o me\\""#), ("UNI", "é 日本 😀", "é 日本 😀"),
        ("EXCL", "wow!!", "wow!!"), ("CARET", "^a^b`^c", "^a^b`^c"), ("STAR", "* ~ [a]", "* ~ [a]"), ("EMPTY", "", ""),
        ("SEMI", "a;touch pwned&c|d\\\\", #"a;touch pwned&c|d\"#), ("HASH", "#x", "#x"), ("PCT", "%PATH%", "%PATH%"),
        ("TAB", #"a\tb"#, "a\tb"), ("CR", #"a\r\nb"#, "a\r\nb"), ("DASH", "-n", "-n"),
        ("FISH", "(touch pwned){$HOME}", "(touch pwned){/h o me}"),
    ]

    private static let programs =
        ShellProgram.all
        + ["mksh", "yash"].map { ShellProgram(name: $0, shell: .bash, arguments: [$0, "-c"], commands: "") }
        + [ShellProgram(name: "xonsh", shell: .xonsh, arguments: ["xonsh", "--no-rc", "-c"], commands: "")]

    @Test("nothing in values, places and names of scripts is run", arguments: programs, [false, true])
    func inert(_ shell: ShellProgram, isReversible: Bool) throws {
        guard let program = shell.program else {
            print("SKIPPED: no \(shell.name) on this machine")
            return
        }
        let directory = try TemporaryDirectory()
        let isXonsh = shell.shell == .xonsh
        // xonsh expands variables in the parts of PATH whenever it hands them on; there is no way to write one that stays.
        let variable = isXonsh ? "$UNSET_VARIABLE" : "$HOME"
        let place = "e \"q\" 'a' $(touch pwned) `touch pwned` \(variable) \\ ^x!! é"
        let prefix = directory(place)
        let members = Self.values.map { "\"\($0.name)\": \"\($0.json)\"" }.joined(separator: ", ")
        try directory.write(place + "/etc/conda/env_vars.d/v.json", "{\(members)}")
        let ending = isXonsh ? "xsh" : shell.shell.fileExtension
        let hook =
            [Shell.xonsh: "$RAN = 'yes'\n", .fish: "set -gx RAN yes\n", .csh: "setenv RAN yes\n"][shell.shell]
            ?? "export RAN=yes\n"
        try directory.write(
            place + "/etc/conda/activate.d/a $(touch pwned)`touch pwned`'.\(ending)", hook)
        let sources = try ActivationSources(environmentAt: prefix)
        let bytes =
            isReversible
            ? try ReversibleActivation(shell: shell.shell, prefix: prefix, movingWith: nil, sources: sources).bytes
            : ActivationScript(shell: shell.shell, prefix: prefix, sources: sources).bytes
        let script = try directory.write("script." + shell.shell.fileExtension, bytes)
        let source = [.fish, .xonsh, .csh].contains(shell.shell) ? "source $SCRIPT" : ". \"$SCRIPT\""
        let outcome = try ChildProcess.run(
            [program] + shell.arguments.dropFirst() + [source + (isXonsh ? "\n" : "; ") + "/usr/bin/env -0"],
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": "/h o me", "GIVEN": "g'v", "SCRIPT": script.lossyString,
                // yash reads no letters beyond ASCII in the C locale.
                "LC_ALL": "C.UTF-8",
                "XONSH_DATA_DIR": directory.path.lossyString, "XDG_DATA_HOME": directory.path.lossyString,
                "XDG_CONFIG_HOME": directory.path.lossyString,
            ], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try !Sys.exists(directory("pwned")), "something was run")
        var found: [String: String] = [:]
        for entry in outcome.output.split(separator: "\0") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            found[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        #expect(found["CONDA_PREFIX"].map { ByteString($0) } == prefix)
        #expect(found["RAN"] == "yes")
        #expect(found["PATH"]?.hasPrefix("\(prefix)/bin:") == true)
        for value in Self.values {
            let json = try JSONDocument(Array("{\"v\": \"\(value.json)\"}".utf8)).root["v"]?.string
            // xonsh expands nothing.
            let wanted = isXonsh ? json ?? "" : value.result
            #expect(found[value.name].map { ByteString($0) } == ByteString(wanted), "\(shell.name) \(value.name)")
        }
    }

    @Test(
        "a script does without the caller's IFS and options, and so does its end",
        arguments: ShellProgram.all.filter { [.bash, .zsh].contains($0.shell) }
            + ["mksh", "yash"].map { ShellProgram(name: $0, shell: .bash, arguments: [$0, "-c"], commands: "") })
    func options(_ shell: ShellProgram) throws {
        guard let program = shell.program else {
            print("SKIPPED: no \(shell.name) on this machine")
            return
        }
        let directory = try TemporaryDirectory()
        try directory.write("env/etc/conda/activate.d/a.sh", "export A=1 B=2\nexport C=3\n")
        try directory.write("env/etc/conda/deactivate.d/a.sh", "unset A\n")
        let script = try ReversibleActivation(
            shell: .bash, prefix: directory("env"), movingWith: nil,
            sources: try ActivationSources(environmentAt: directory("env")))
        let path = try directory.write("activate.sh", script.bytes)
        for settings in [
            "set -eu; IFS=$(printf '\\n\\t')", "set -euf; IFS=_AP:/", "set -aC; alias env=false sed=false cd=false",
        ] {
            let outcome = try ChildProcess.run(
                [
                    program
                ] + shell.arguments.dropFirst() + [
                    settings + #"; . "$SCRIPT"; echo "$A$B$C"; . "$SCRIPT"; deactivate; "#
                        + #"echo "${A-}${B-}${C-}$PATH${_PIXI_PACK_MORE-}${_PIXI_PACK_PREFIX-}""#
                ],
                environment: ["PATH": "/usr/bin:/bin", "SCRIPT": path.lossyString])
            #expect(outcome.output == "123\n/usr/bin:/bin\n", "\(settings): \(outcome.errors)")
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(settings): \(outcome.errors)")
        }
    }
}
