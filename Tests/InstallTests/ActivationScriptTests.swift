import Support
import TestKit
import Testing

@testable import Install

/// The text of a script for an environment made by `fill` below a temporary directory.
private func script(
    _ shell: Shell, prefix: ByteString = "/opt/app/env", fill: (TemporaryDirectory) throws -> Void = { _ in }
) throws -> String {
    let directory = try TemporaryDirectory()
    try fill(directory)
    let sources = try ActivationSources(environmentAt: directory.path)
    return String(decoding: ActivationScript(shell: shell, prefix: prefix, sources: sources).bytes, as: UTF8.self)
}

/// What the error of making a script says.
private func refusal(fill: (TemporaryDirectory) throws -> Void) throws -> String {
    let error = #expect(throws: Failure.self) { try script(.bash, fill: fill) }
    return error?.description ?? ""
}

@Suite("activation scripts")
struct ActivationScriptTests {
    @Test("the script of each shell without scripts and variables [install 132]")
    func plainScripts() throws {
        let expected: [(Shell, String)] = [
            (
                .bash,
                """
                export PATH="/opt/app/env/bin:${PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX=/opt/app/env

                """
            ),
            (
                .zsh,
                """
                export PATH="/opt/app/env/bin:${PATH}"
                export CONDA_SHLVL="1"
                export CONDA_PREFIX="/opt/app/env"

                """
            ),
            (
                .csh,
                """
                if ( ! $?PATH ) setenv PATH /usr/bin:/bin;
                setenv PATH '/opt/app/env/bin:'"${PATH:q}";
                setenv CONDA_SHLVL '1';
                setenv CONDA_PREFIX '/opt/app/env';

                """
            ),
            (
                .fish,
                """
                set -gx PATH "/opt/app/env/bin:$PATH"
                set -gx CONDA_SHLVL "1"
                set -gx CONDA_PREFIX "/opt/app/env"

                """
            ),
            (
                .xonsh,
                """
                $PATH = "/opt/app/env/bin:${PATH}"
                $CONDA_SHLVL = "1"
                $CONDA_PREFIX = "/opt/app/env"

                """
            ),
            (
                .cmd,
                "@chcp 65001 > nul\r\n@SET \"PATH=/opt/app/env/bin:%PATH%\"\r\n@SET \"CONDA_SHLVL=1\"\r\n"
                    + "@SET \"CONDA_PREFIX=/opt/app/env\"\r\n"
            ),
            (
                .powershell,
                "$OutputEncoding = [System.Console]::OutputEncoding = [System.Console]::InputEncoding = "
                    + "[System.Text.Encoding]::UTF8\n${Env:PATH} = \"/opt/app/env/bin:$Env:PATH\"\n"
                    + "${Env:CONDA_SHLVL} = \"1\"\n${Env:CONDA_PREFIX} = \"/opt/app/env\"\n"
            ),
            (
                .nushell,
                """
                $env.PATH = ($env.PATH | prepend ["/opt/app/env/bin"])
                $env.CONDA_SHLVL = "1"
                $env.CONDA_PREFIX = "/opt/app/env"

                """
            ),
        ]
        #expect(expected.count == Shell.allCases.count)
        for (shell, text) in expected { #expect(try script(shell).utf8.elementsEqual(text.utf8), "\(shell)") }
    }

    @Test("names of the files; zsh and bash share one [install 133, 134]")
    func fileNames() throws {
        let sources = try ActivationSources(environmentAt: try TemporaryDirectory().path)
        let names = Shell.allCases.map { ActivationScript(shell: $0, prefix: "/e", sources: sources).fileName }
        #expect(
            names == [
                "activate.sh", "activate.sh", "activate.csh", "activate.fish", "activate.xsh", "activate.bat",
                "activate.ps1",
                "activate.nu",
            ])
    }

    @Test("unknown shells are refused with the known ones, names are case-sensitive [install 135]")
    func unknownShell() throws {
        for name in ["elvish", "Bash", "", "bash "] {
            let error = #expect(throws: Failure.self) { try Shell(named: name) }
            #expect(error?.description == "unknown shell '\(name)'")
            #expect(error?.remedy?.contains("bash, sh, dash, ksh, busybox, brush, zsh, fish") == true)
        }
        for name in ["bash", "sh", "dash", "ksh", "busybox", "brush"] { #expect(try Shell(named: name) == .bash) }
        #expect(try Shell(named: "powershell_ise") == .powershell)
        #expect(try Shell(named: "nu") == .nushell)
    }

    @Test("order and extensions in activate.d [install 136]")
    func hooks() throws {
        func fill(_ directory: TemporaryDirectory) throws {
            for name in [
                "Z.sh", "a.sh", "10-x.sh", "9-x.sh", ".k.sh", "x.fish", "j.SH", ".sh", "z.zsh", "b.bash", "c.cmd",
                "c.bat", "p.ps1", "n.nu", "t.csh",
            ] {
                try directory.write("etc/conda/activate.d/\(name)", "")
            }
            let folder = directory("etc/conda/activate.d")
            try Sys.mkdir(folder.appending(path: "folder.sh"))
            try Sys.symlink("nowhere", at: folder.appending(path: "dangling.sh"))
            try Sys.symlink("a.sh", at: folder.appending(path: "link.sh"))
        }
        func names(_ shell: Shell) throws -> [String] {
            try script(shell, fill: fill).split(whereSeparator: { $0 == "\n" || $0 == "\r\n" })
                .filter { $0.utf8.contains(UInt8(ascii: ".")) && $0.contains("activate.d/") }
                .map { line in
                    line.split(separator: "activate.d/").last.map { $0.filter { !"\"';".contains($0) } } ?? ""
                }
        }
        let sh = [".k.sh", "10-x.sh", "9-x.sh", "Z.sh", "a.sh", "link.sh"]
        #expect(try names(.bash) == sh)
        #expect(try names(.zsh) == sh)
        #expect(try names(.fish) == ["x.fish"])
        #expect(try names(.csh) == ["t.csh"])
        #expect(try names(.cmd) == ["c.bat"])
        #expect(try names(.powershell) == ["p.ps1"])
        #expect(try names(.nushell) == ["n.nu"])
        #expect(try script(.bash, fill: fill).contains("\n. /opt/app/env/etc/conda/activate.d/.k.sh\n"))
        #expect(try script(.zsh, fill: fill).contains("\n. \"/opt/app/env/etc/conda/activate.d/.k.sh\"\n"))
        #expect(try script(.fish, fill: fill).contains("\nsource \"/opt/app/env/etc/conda/activate.d/x.fish\"\n"))
        #expect(try script(.cmd, fill: fill).contains("\r\n@CALL \"/opt/app/env/etc/conda/activate.d/c.bat\"\r\n"))
        #expect(try script(.nushell, fill: fill).hasSuffix("source-env \"/opt/app/env/etc/conda/activate.d/n.nu\"\n"))
    }

    @Test("xonsh runs .sh and .xsh in one order [install 137]")
    func xonshHooks() throws {
        let text = try script(.xonsh) { directory in
            for name in ["b.sh", "a.xsh", "c.xsh"] { try directory.write("etc/conda/activate.d/\(name)", "") }
        }
        #expect(
            text.hasSuffix(
                """
                source "/opt/app/env/etc/conda/activate.d/a.xsh"
                source-bash "/opt/app/env/etc/conda/activate.d/b.sh"
                source "/opt/app/env/etc/conda/activate.d/c.xsh"

                """))
    }

    @Test("env_vars.d keeps positions, skips what is no text, reads files of any extension [install 138]")
    func variables() throws {
        let text = try script(.bash) { directory in
            try directory.write("etc/conda/env_vars.d/a.json", #"{"VARA": "one", "VARB": "early"}"#)
            try directory.write("etc/conda/env_vars.d/b.json", #"{"VARB": "two", "Mixed": "m", "NUM": 3, "N": null}"#)
            try directory.write("etc/conda/env_vars.d/zz.txt", #"{"TXT": "first", "TXT2": "x", "TXT": "yes"}"#)
        }
        #expect(
            text.hasSuffix(
                """
                export CONDA_PREFIX=/opt/app/env
                export VARA=one
                export VARB=two
                export Mixed=m
                export TXT=yes
                export TXT2=x

                """))
    }

    @Test(
        "env_vars.d files that are no JSON object are errors [install 138]",
        arguments: [
            ("[]", "expected a map, found a sequence"), ("", "unexpected end"), ("\u{FEFF}{}", "line 1 column 1"),
            ("{\"A\" \"x\"}", "line 1 column"),
        ])
    func brokenVariables(content: String, reason: String) throws {
        let message = try refusal { try $0.write("etc/conda/env_vars.d/x.json", content) }
        #expect(message.contains("could not read the environment variables of '"))
        #expect(message.contains("etc/conda/env_vars.d/x.json"))
        #expect(message.contains(reason), "\(message)")
    }

    @Test("a state file's names are upper-cased [install 139]")
    func state() throws {
        let text = try script(.bash) { directory in
            try directory.write("etc/conda/env_vars.d/a.json", #"{"FOO": "1", "bar": "2"}"#)
            try directory.write("conda-meta/state", #"{"env_vars": {"foo": "3", "bar": "4", "n": 5}}"#)
        }
        #expect(text.hasSuffix("export FOO=3\nexport bar=2\nexport BAR=4\n"))
        #expect(
            try refusal { try $0.write("conda-meta/state", "{}") }
                .contains("expected a map of variables under 'env_vars'"))
        #expect(
            try refusal { try $0.write("conda-meta/state", "[]") }.contains("expected a map, found a sequence"))
    }

    @Test("names of variables [install 140]")
    func variableNames() throws {
        #expect(
            try refusal { try $0.write("etc/conda/env_vars.d/x", #"{"": "x"}"#) }.contains("has an empty name"))
        #expect(
            try refusal { try $0.write("etc/conda/env_vars.d/x", #"{"A=B": "x"}"#) }
                .contains("'A=B' cannot be the name of a variable"))
        #expect(
            try refusal { try $0.write("etc/conda/env_vars.d/x", #"{"A\u0007": "x"}"#) }
                .contains("a control character"))
        // Some shells compute what is in brackets, and run what is in the variables named there.
        for name in [
            "A[B]", "A[1", "A]", "$A", "A`B`", "A;B", "A(B)", "A{B}", "A&B", "A|B", "A>B", "A'B", "A%B%", "A^B",
        ] {
            #expect(
                try refusal { try $0.write("etc/conda/env_vars.d/x", "{\"\(name)\": \"x\"}") }
                    .contains("a shell would take a part of it for a command"))
        }
        let text = try script(.bash) { try $0.write("etc/conda/env_vars.d/x", #"{"A B": "x"}"#) }
        #expect(text.hasSuffix("export A B=x\n"))
        let nushell = try script(.nushell) { try $0.write("etc/conda/env_vars.d/x", #"{"A B": "a\\b\"c"}"#) }
        #expect(nushell.hasSuffix("$env.\"A B\" = \"a\\\\b\\\"c\"\n"))
    }

    @Test(
        "quoting of values for bash [install 141]",
        arguments: [
            ("a b", "'a b'"), ("it's", "\"it's\""), ("say \"hi\"", "'say \"hi\"'"), ("a\\b", "\"a\\\\b\""),
            ("`id`", "'`id`'"), ("a=b", "'a=b'"), ("a,b", "'a,b'"), ("~", "'~'"), ("%X%", "'%X%'"), ("a!b", "'a!b'"),
            ("a^b", "a'^b'"), ("$HOME/x", "\"$HOME/x\""), ("$A \"x\" \\z", "\"$A \\\"x\\\" \\z\""), ("é", "'é'"),
            ("", "''"), ("plain+-./:@]_9", "plain+-./:@]_9"), ("^'", "'^'\"'\""), ("a\r\nb", "'a\r\nb'"),
        ])
    func quoting(value: String, written: String) throws {
        #expect(PosixQuoting.value(ByteString(value)) == ByteString(written))
    }

    @Test("script paths never expand; in values nothing is run [install 141]")
    func quotedValues() throws {
        #expect(PosixQuoting.word("it's $x") == "\"it's \"'$x'")
        var expected: [(Shell, String)] = []
        expected.append((.bash, "export V=\"a \\\"b\\\" $c \\`d\\` \\e\"\n"))
        expected.append((.zsh, "export V=\"a \\\"b\\\" $c \\`d\\` \\\\e\"\n"))
        expected.append((.fish, "set -gx V \"a \\\"b\\\" $c `d` \\\\e\"\n"))
        expected.append((.xonsh, "$V = \"a \\\"b\\\" $c `d` \\\\e\"\n"))
        expected.append((.cmd, "@SET ^\"V=a ^\"b^\" $c `d` \\e^\"\r\n"))
        expected.append((.powershell, "${Env:V} = \"a `\"b`\" `$c ``d`` \\e\"\n"))
        for (shell, line) in expected {
            let text = try script(shell) {
                try $0.write("etc/conda/env_vars.d/v.json", #"{"V": "a \"b\" $c `d` \\e"}"#)
            }
            #expect(text.utf8.suffix(line.utf8.count).elementsEqual(line.utf8), "\(shell): \(text)")
        }
    }

    @Test("cmd: percent signs, exclamation marks and carets stand for themselves, line ends are left out")
    func cmdValues() throws {
        let text = try script(.cmd) {
            try $0.write(
                "etc/conda/env_vars.d/v.json",
                #"{"P": "50%PATH%", "E": "wow!", "Q": "{\"a\":\"b & c^\"}!", "N": "a\ncalc\nb", "C": "a^&b"}"#)
        }
        let lines = text.split(separator: "\r\n").map(String.init)
        #expect(lines.contains(#"@SET "P=50%%PATH%%""#))
        #expect(lines.contains(#"@if "!!"=="" (SET "E=wow^!") else SET "E=wow!""#))
        #expect(
            lines.contains(
                #"@if "!!"=="" (SET ^"Q={^"a^":^"b ^& c^^^^^"}^^!^") else SET ^"Q={^"a^":^"b ^& c^^^"}!^""#))
        #expect(lines.contains("@rem N is left out: a batch file cannot hold its line ends"))
        #expect(lines.contains(#"@SET "C=a^&b""#))
        #expect(lines.allSatisfy { $0.hasPrefix("@") }, "\(lines)")
        let prefixed = try script(.cmd, prefix: "/opt/a\"&calc&\"/env")
        #expect(prefixed.hasPrefix("@echo The path of this environment"))
        #expect(!prefixed.contains("calc"))
    }

    @Test("PowerShell: curly quotation marks do not end a text")
    func powerShellValues() throws {
        let text = try script(.powershell) {
            try $0.write("etc/conda/env_vars.d/v.json", #"{"V": "a\u201d; calc; \u201cb $(calc)"}"#)
        }
        #expect(text.hasSuffix("${Env:V} = \"a`\u{201D}; calc; `\u{201C}b `$(calc)\"\n"))
    }

    @Test("activate.d and deactivate.d that are files are errors [install 143]")
    func folderIsFile() throws {
        #expect(try refusal { try $0.write("etc/conda/activate.d", "") }.contains("etc/conda/activate.d'"))
        #expect(try refusal { try $0.write("etc/conda/deactivate.d", "") }.contains("etc/conda/deactivate.d'"))
    }

    @Test("a prefix with a blank or a trailing slash")
    func unusualPrefixes() throws {
        let fill: (TemporaryDirectory) throws -> Void = { try $0.write("etc/conda/activate.d/a.sh", "") }
        #expect(
            try script(.bash, prefix: "/opt/my env", fill: fill) == """
                export PATH="/opt/my env/bin:${PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX='/opt/my env'
                . '/opt/my env/etc/conda/activate.d/a.sh'

                """)
        #expect(
            try script(.bash, prefix: "/opt/e/", fill: fill) == """
                export PATH="/opt/e/bin:${PATH}"
                export CONDA_SHLVL=1
                export CONDA_PREFIX=/opt/e/
                . /opt/e/etc/conda/activate.d/a.sh

                """)
    }
}
