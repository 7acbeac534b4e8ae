import Support
import TestKit
import Testing

@testable import Install

@Suite("reversible activation")
struct ReversibleActivationTests {
    /// A shell and how to activate, show, deactivate and show again; `$SCRIPT` is the script.
    struct Case: Sendable, CustomTestStringConvertible {
        let program: ShellProgram
        let commands: String
        /// Whether the shell can tell where the script lies.
        var findsScript = true

        var testDescription: String { program.name }

        static let all: [Case] =
            ShellProgram.all.map { program in
                if program.shell == .fish {
                    let names = ["CONDA_PREFIX", "CONDA_SHLVL", "WHERE", "KEPT", "NEW", "CHANGED", "GONE"]
                    let show = "string join : $PATH; echo \"\(names.map { "$" + $0 }.joined(separator: "|"))\""
                    return Case(
                        program: program,
                        commands:
                            "source $SCRIPT; \(show); deactivate; \(show); functions -q deactivate; or echo gone; cat $LOG"
                    )
                }
                if program.shell == .csh {
                    let show =
                        #"sh -c 'echo "$PATH"; echo "$CONDA_PREFIX|${CONDA_SHLVL-}|${WHERE-}|$KEPT|${NEW-}|$CHANGED|${GONE-}"'"#
                    let commands =
                        "source $SCRIPT:q\n\(show)\ndeactivate\n\(show)\nif (`alias deactivate` == '') echo gone\ncat $LOG:q\nif ($?_pixi_pack_prefix || $?_pixi_pack_undo) echo left"
                    return Case(program: program, commands: commands)
                }
                let show =
                    #"echo "$PATH"; echo "$CONDA_PREFIX|${CONDA_SHLVL-}|${WHERE-}|$KEPT|${NEW-}|$CHANGED|${GONE-}""#
                return Case(
                    program: program,
                    commands: #"cd "${SCRIPT%/*}"; . ./activate.sh; \#(show); deactivate; \#(show); "#
                        + "command -v deactivate || echo gone; cat \"$LOG\"",
                    findsScript: !["dash", "busybox"].contains(program.name))
            } + [
                Case(
                    program: ShellProgram(
                        name: "xonsh", shell: .xonsh, arguments: ["xonsh", "--no-rc", "-c"], commands: ""),
                    commands: """
                        def show():
                            print(':'.join($PATH))
                            names = 'CONDA_PREFIX CONDA_SHLVL WHERE KEPT NEW CHANGED GONE'.split()
                            print('|'.join([${...}.get(n, '') for n in names]))
                        source $SCRIPT
                        show()
                        deactivate
                        show()
                        print('still' if 'deactivate' in aliases else 'gone')
                        print(open($LOG).read(), end='')
                        """)
            ]
    }

    private func environment(in directory: TemporaryDirectory, _ shell: Shell) throws -> ActivationSources {
        let name = shell == .xonsh ? "sh" : shell.fileExtension
        func log(_ word: String) -> String { "echo \(word) \"$WHERE\" >> \"$LOG\"\n" }
        let changes =
            [
                Shell.fish: "set -gx NEW 'of it'; set -gx CHANGED yes; set -e GONE\n",
                .csh: "setenv NEW 'of it'; setenv CHANGED yes; unsetenv GONE\n",
            ][shell] ?? "export NEW='of it' CHANGED=yes; unset GONE\n"
        try directory.write("made/my env/etc/conda/activate.d/a.\(name)", log("in") + changes)
        try directory.write("made/my env/etc/conda/deactivate.d/a.\(name)", log("out a"))
        try directory.write("made/my env/etc/conda/deactivate.d/b.\(name)", log("out b"))
        try directory.write("made/my env/conda-meta/history", "")
        try directory.write(
            "made/my env/etc/conda/env_vars.d/v.json",
            #"{"WHERE": "x y:\#(directory("made/my env"))/share", "KEPT": "it's \"new\" \\ 100%", "A B": "left out"}"#)
        return try ActivationSources(environmentAt: directory("made/my env"))
    }

    @Test("activation, moved with the environment, and its end", arguments: Case.all, [false, true])
    func roundTrip(_ shell: Case, moved: Bool) throws {
        guard let program = shell.program.program else {
            print("SKIPPED: no \(shell.program.name) on this machine, its reversible activation is not run")
            return
        }
        let directory = try TemporaryDirectory()
        let sources = try environment(in: directory, shell.program.shell)
        let script = try ReversibleActivation(
            shell: shell.program.shell, prefix: directory("made/my env"), movingWith: moved ? directory("made") : nil,
            sources: sources)
        try directory.write("made/\(script.fileName)", script.bytes)
        if moved { try Sys.rename(directory("made"), to: directory("moved here")) }
        let folder = directory(moved ? "moved here" : "made")
        let outcome = try ChildProcess.run(
            [program] + shell.program.arguments.dropFirst() + [shell.commands],
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": directory.path.lossyString, "KEPT": "old value",
                "SCRIPT": folder.appending(path: script.fileName).lossyString, "LOG": directory("log").lossyString,
                "XONSH_DATA_DIR": directory.path.lossyString, "CONDA_PREFIX": "/outer",
                "CHANGED": "a b\nCHANGED=c", "GONE": "back",
            ])
        let prefix = folder.appending(path: "my env")
        let place = "x y:\(prefix)/share"
        #expect(
            outcome.output == """
                \(prefix)/bin:/usr/bin:/bin
                \(prefix)|1|\(place)|it's "new" \\ 100%|of it|yes|
                /usr/bin:/bin
                /outer|||old value||a b
                CHANGED=c|back
                gone
                in \(place)
                out b \(place)
                out a \(place)

                """, "\(outcome.errors)")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test(
        "shells that cannot say where a script lies fall back to where it was made for", arguments: ["dash", "busybox"])
    func fallBack(_ name: String) throws {
        guard let shell = ShellProgram.all.first(where: { $0.name == name }), let program = shell.program else {
            print("SKIPPED: no \(name) on this machine")
            return
        }
        let directory = try TemporaryDirectory()
        let sources = try environment(in: directory, .bash)
        let script = try ReversibleActivation(
            shell: .bash, prefix: directory("made/my env"), movingWith: directory("made"), sources: sources)
        let path = try directory.write("made/activate.sh", script.bytes)
        let outcome = try ChildProcess.run(
            [program] + shell.arguments.dropFirst() + [#". "$SCRIPT"; . "$SCRIPT"; echo "$PATH""#],
            environment: ["PATH": "/usr/bin:/bin", "SCRIPT": path.lossyString, "LOG": directory("log").lossyString])
        #expect(outcome.output == "\(directory("made/my env"))/bin:/usr/bin:/bin\n", "\(outcome.errors)")
    }

    @Test("an environment that is not below its script cannot move with it")
    func notBelow() throws {
        let directory = try TemporaryDirectory()
        let sources = try ActivationSources(environmentAt: directory.path)
        let error = #expect(throws: Failure.self) {
            try ReversibleActivation(shell: .bash, prefix: "/w/out/../env", movingWith: "/w/out", sources: sources)
        }
        #expect(error?.description.hasPrefix("the environment '/w/out/../env' does not lie below '/w/out'") == true)
        let below = try ReversibleActivation(
            shell: .cmd, prefix: "/w/out/a/env", movingWith: "/w/./out/", sources: sources)
        #expect(String(decoding: below.bytes, as: UTF8.self).contains("@set \"_PIXI_PACK_PREFIX=%~dp0a/env\"\r\n"))
    }

    @Test("values in the shells that cannot be run here")
    func values() throws {
        let directory = try TemporaryDirectory()
        try directory.write("e/etc/conda/env_vars.d/v.json", #"{"V": "a'b\"c\\d%e/opt/env/x"}"#)
        try directory.write("e/etc/conda/activate.d/n.nu", "")
        try directory.write("e/etc/conda/activate.d/p.ps1", "")
        let sources = try ActivationSources(environmentAt: directory("e"))
        func text(_ shell: Shell, moving: Bool = true) throws -> String {
            let script = try ReversibleActivation(
                shell: shell, prefix: "/opt/env", movingWith: moving ? "/opt" : nil, sources: sources)
            return String(decoding: script.bytes, as: UTF8.self)
        }
        #expect(try text(.cmd).contains("@set ^\"V=a'b^\"c\\d%%e/opt/env/x^\"\r\n"))
        #expect(try text(.powershell).contains("${Env:V} = 'a''b\"c\\d%e' + ${Env:CONDA_PREFIX} + '/x'\n"))
        #expect(try text(.cmd).contains("in (\"\"!V!\"\") do @endlocal & set \"_PIXI_PACK_WAS_V=%%~A\"\r\n"))
        #expect(try text(.powershell).contains("$global:_PixiPackPrefix = \"$PSScriptRoot/\" + 'env'\n"))
        #expect(
            try text(.powershell).contains(
                """
                $global:_PixiPackBefore = [Environment]::GetEnvironmentVariables()
                . ("$global:_PixiPackPrefix/" + 'etc/conda/activate.d/p.ps1')
                $_PixiPackAfter = [Environment]::GetEnvironmentVariables()

                """))
        #expect(try text(.nushell).contains("$env.V = ([\"a'b\\\"c\\\\d%e\" $_pixi_pack_prefix \"/x\"] | str join)\n"))
        #expect(
            try text(.nushell).contains("const _pixi_pack_prefix = (path self | path dirname | path join \"env\")\n"))
        #expect(try text(.nushell, moving: false).contains("const _pixi_pack_prefix = \"/opt/env\"\n"))
        #expect(
            try text(.nushell).hasSuffix(
                "source-env ($_pixi_pack_prefix | path join \"etc/conda/activate.d/n.nu\")\n"))
    }
}
