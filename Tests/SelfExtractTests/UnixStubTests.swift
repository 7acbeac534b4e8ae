import LibC
import Support
import TestKit
import Testing

@testable import SelfExtract

/// The shells the stub is made for; a test with one that is not installed is skipped (`skipMissing`).
let shells: [[String]] = [["dash"], ["bash"], ["busybox", "ash"], ["ksh"], ["mksh"], ["zsh"], ["yash"]]
    .map { words in [ChildProcess.find(words[0]) ?? words[0]] + words.dropFirst() }

/// Ends a test whose shell was not found.
func skipMissing(_ shell: [String]) throws {
    if !shell[0].hasPrefix("/") { try ChildProcess.skip("\(shell[0]) is not installed") }
}

@Suite("Self-extracting packs: the shell stub", .enabled(if: StandIn.isAvailable, "needs cc on linux-64"))
struct UnixStubTests {
    private func run(_ pack: SamplePack, _ shell: [String], _ arguments: String, _ variables: [String: String] = [:])
        throws -> ChildProcess.Outcome
    {
        let words = shell.map { "'\($0)'" }.joined(separator: " ")
        return try pack.sh("\(words) environment.sh \(arguments)", variables)
    }

    @Test("Each shell runs the program from a private directory and passes everything on", arguments: shells)
    func passesOn(shell: [String]) throws {
        try skipMissing(shell)
        // The second way is for callers that use the descriptor, and for systems without /proc.
        for (compressed, descriptor) in [(false, ""), (true, ""), (false, "9</dev/null"), (true, "9</dev/null")] {
            let pack = try SamplePack(StandIn.own.get(), compressed: compressed)
            let outcome = try run(pack, shell, #"-o 'a  b' -e "it's" --exit 7 '*' '' --help "# + descriptor)
            let lines = outcome.output.split(separator: "\n")
            let directory = "\(pack.directory("tmp"))/.pixi-unpack."
            let program = descriptor == "" ? "program=/proc/self/fd/9" : "program=\(directory)"
            #expect(lines.first?.hasPrefix(program) == true, "\(outcome)")
            #expect(
                lines.dropFirst().map(String.init) == [
                    "file=./environment.sh", "argument=<-o>", "argument=<a  b>", "argument=<-e>",
                    "argument=<it's>", "argument=<--exit>", "argument=<7>", "argument=<*>", "argument=<>",
                    "argument=<--help>",
                ])
            let place = String(decoding: try pack.directory.read("place"), as: UTF8.self)
            #expect(place.hasPrefix(directory) && place.hasSuffix(" mode=700\n"), "\(place)")
            #expect(outcome.errors == "")
            #expect(outcome.status == 7)
            #expect(try pack.leftovers == [])
        }
    }

    @Test(
        "It runs by its own name, through a link, from a path with blanks and quotes",
        arguments: [
            "./environment.sh", "ln -s environment.sh link && ./link", "cd / && \"$D/environment.sh\"",
            "mkdir \"a 'b\\\"\" && cp environment.sh \"a 'b\\\"/-e x.sh\" && \"./a 'b\\\"/-e x.sh\"",
            "cp environment.sh -- -x.sh && sh -- -x.sh", "PATH=$D:$PATH && environment.sh",
            "chmod a-w environment.sh . && ./environment.sh",
            "mkdir gone && cd gone && rmdir ../gone && \"$D/environment.sh\"",
        ])
    func startedBy(commands: String) throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(commands + " --exit 3")
        #expect(outcome.status == 3, "\(outcome)")
        #expect(outcome.output.contains("argument=<--exit>\nargument=<3>\n"))
        #expect(try pack.leftovers == [])
    }

    @Test("Strict callers do not disturb it", arguments: shells)
    func strictCallers(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        let strict = try run(pack, shell + ["-eu"], "--exit 4")
        #expect(strict.status == 4)
        #expect(strict.errors == "")
        let none = try pack.sh(
            "exec env -i PATH=/usr/bin:/bin \(shell.joined(separator: " ")) -u environment.sh --exit 5")
        #expect(none.status == 5)
        #expect(none.errors == "")
    }

    /// What the stub's commands are called; bash takes functions by these names from the environment.
    private static let words = [
        "[", ":", ".", "chmod", "cksum", "command", "continue", "dd", "echo", "emulate", "exec", "exit", "find", "gzip",
        "kill", "ls", "mkdir", "printf", "read", "readlink", "return", "rm", "set", "tail", "trap", "unalias",
        "uname",
        "unset",
    ]

    @Test("Variables, functions and aliases of the caller do not disturb it", arguments: shells)
    func hostileEnvironment(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        for variables in [
            ["LS_BLOCK_SIZE": "human-readable", "BLOCK_SIZE": "human-readable"], ["BLOCK_SIZE": "1M"],
            ["POSIXLY_CORRECT": "1"], ["IFS": "1234567890 -/"], ["TMPDIR": ""], ["TMPDIR": "tmp"],
            ["TIME_STYLE": "+%s", "LC_ALL": "C.UTF-8", "DD_OPTS": "x"],
            ["TIME_STYLE": "none", "QUOTING_STYLE": "none", "LS_COLORS": "none", "FIND_BLOCK_SIZE": "human-readable"],
            ["LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR", "LANGUAGE": "tr"],
            ["CDPATH": "/:/tmp:.", "PWD": "/", "OLDPWD": ""],
            ["BASH_VERSION": "5"], ["ZSH_VERSION": "5"],
            ["TMPDIR": "/dev/null"], ["TMPDIR": "tmp/../tmp/."], ["TMPDIR": "-x"],
            ["BASH_FUNC_ls%%": "() { echo no; }", "BASH_FUNC_dd%%": "() { return 1; }"],
            Dictionary(
                uniqueKeysWithValues: UnixStubTests.words.map { ("BASH_FUNC_\($0)%%", "() { false; }") }),
            ["BASH_ENV": "\(pack.directory("aliases"))", "ENV": "\(pack.directory("aliases"))"],
        ] {
            try pack.directory.write("aliases", "alias ls='ls -h' dd=false\nshopt -s expand_aliases 2>/dev/null\n")
            let outcome = try run(pack, shell, "--exit 3", variables)
            #expect(outcome.status == 3, "\(variables): \(outcome.errors)")
            // Shells say themselves that there is no such locale here.
            let errors = outcome.errors.split(separator: "\n").filter { !$0.contains("setlocale") }
            #expect(errors.isEmpty, "\(variables): \(errors)")
        }
    }

    @Test("bash options given on by the environment do not disturb it")
    func exportedOptions() throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(
            "set -euo pipefail; export SHELLOPTS; bash environment.sh --exit 6", shell: ["/bin/bash"])
        #expect(outcome.status == 6)
        #expect(outcome.errors == "")
    }

    @Test("Read from a pipe it says how to go on and does nothing", arguments: shells)
    func fromPipe(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        let words = shell.joined(separator: " ")
        let before = try Sys.list(pack.directory.path).sorted()
        let outcome = try pack.sh("cat environment.sh 2>/dev/null | \(words) -s -- -o DIR")
        #expect(outcome.hasFailed)
        #expect(outcome.output == "")
        #expect(
            outcome.errors == """
                Error: this script reads the pack from its own file, which a pipe has not.
                Save it first: curl -fLo environment.sh URL && sh environment.sh --help

                """)
        #expect(try Sys.list(pack.directory.path).sorted() == (before + ["tmp"]).sorted())
        #expect(try Sys.list(pack.directory("tmp")) == [])
    }

    @Test("Cut in the middle of the stub it does nothing", arguments: shells)
    func cutStub(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        let whole = try pack.directory.read("environment.sh")
        for count in stride(from: 300, to: 3400, by: 311) {
            try pack.directory.write("environment.sh", Array(whole[..<count]))
            let outcome = try run(pack, shell, "--exit 0")
            #expect(!outcome.output.contains("argument"), "\(count)")
            #expect(try Sys.list(pack.directory("tmp")) == [], "\(count)")
        }
    }

    @Test("Sourced it does not end the caller", arguments: ["/bin/bash", "/bin/dash"])
    func sourced(shell: String) throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(". ./environment.sh; echo still here", shell: [shell])
        #expect(outcome.output == "still here\n")
        #expect(outcome.errors != "")
    }

    @Test("A truncated or longer file is damaged", arguments: shells)
    func truncated(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        let whole = try pack.directory.read("environment.sh")
        for bytes in [Array(whole.dropLast()), whole + [0], Array(whole[..<4096])] {
            try pack.directory.write("environment.sh", bytes)
            let outcome = try run(pack, shell, "--exit 0")
            #expect(outcome.hasFailed)
            #expect(
                outcome.errors
                    == "Error: ./environment.sh: this file is damaged: expected \(whole.count) bytes, found \(bytes.count)\n"
            )
        }
    }

    @Test("An altered program is damaged and not run", arguments: shells)
    func alteredProgram(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        var bytes = try pack.directory.read("environment.sh")
        bytes[Int(pack.layout.runtimeOffset) + 2] ^= 0x20
        try pack.directory.write("environment.sh", bytes)
        let outcome = try run(pack, shell, "")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("this file is damaged: expected program "))
        #expect(outcome.output == "")
        #expect(try pack.leftovers == [])
    }

    @Test("A pack for another machine says so")
    func otherMachine() throws {
        let pack = try SamplePack(StandIn.own.get())
        try pack.directory.write("bin/uname", "#!/bin/sh\necho Linux riscv64\n")
        let outcome = try pack.sh("chmod +x bin/uname; PATH=$D/bin:$PATH sh environment.sh")
        #expect(
            outcome.errors
                == "Error: ./environment.sh: this pack is for linux-64, not for this machine (Linux riscv64)\n")
        #expect(outcome.hasFailed)
    }

    @Test("Directories are tried in order; missing ones, files and taken names are skipped")
    func order() throws {
        let pack = try SamplePack(StandIn.own.get())
        let outcome = try pack.sh(
            """
            mkdir one two out run
            where() { "$@" >where; sed 's:/.pixi-unpack.*::' place; }
            PIXI_UNPACK_TMPDIR=$D/one TMPDIR=$D/two where sh environment.sh
            PIXI_UNPACK_TMPDIR=$D/none TMPDIR=$D/two where sh environment.sh
            PIXI_UNPACK_TMPDIR=$D/environment.sh TMPDIR=two where sh environment.sh
            PIXI_UNPACK_TMPDIR='' TMPDIR= where sh environment.sh
            """)
        let base = "\(pack.directory.path)"
        #expect(outcome.output == "\(base)/one\n\(base)/two\n\(base)/two\n/tmp\n")
        #expect(outcome.errors == "")
    }

    /// A `dd` that takes its time to copy the program; what the script looks at before is quick.
    private static let slowCopy = """
        #!/bin/sh
        case $* in *of=*) ;; *) exec /bin/dd "$@" ;; esac
        echo start > "$D/started"
        sleep 0.3
        exit 1

        """

    private static let tools = [
        "cksum", "chmod", "dd", "find", "ls", "mkdir", "readlink", "rm", "tail", "uname",
    ]

    /// Puts some tools, and no others, into `$D/bin`.
    private func limit(_ pack: SamplePack, to tools: [String], of toolbox: String? = nil) throws {
        // Not each toolbox has all of them.
        let links = tools.map { tool in
            let box = toolbox.map { "\($0) \(tool) </dev/null >/dev/null 2>&1; [ $? = 127 ] || command -v \($0)" } ?? ""
            return "ln -s \"$({ \(box.isEmpty ? "false" : box); } | grep . || command -v \(tool))\" bin/\(tool)"
        }
        let outcome = try pack.sh("mkdir bin && " + links.joined(separator: " && "))
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test("tail (or dd), mkdir, chmod and rm are all it needs", arguments: shells)
    func fewTools(shell: [String]) throws {
        try skipMissing(shell)
        for missing in [
            ["cksum", "dd", "find", "ls", "readlink", "uname"], ["cksum"], ["dd"], ["find"], ["ls"], ["readlink"],
            ["tail"], ["uname"], ["find", "ls"],
        ] {
            let pack = try SamplePack(StandIn.own.get())
            try limit(pack, to: Self.tools.filter { !missing.contains($0) })
            // busybox has the tools inside and finds them without a path.
            let outcome = try run(pack, ["env", "PATH=\(pack.directory("bin"))"] + shell, "--exit 2")
            #expect(outcome.status == 2, "without \(missing): \(outcome)")
            #expect(outcome.errors == "", "without \(missing)")
            #expect(try pack.leftovers == [], "without \(missing)")
        }
    }

    @Test(
        "toybox and busybox have all it needs, and see a damaged file",
        arguments: ["toybox", "busybox"])
    func otherTools(toolbox: String) throws {
        _ = try ChildProcess.needed(toolbox)
        let pack = try SamplePack(StandIn.own.get())
        try limit(pack, to: Self.tools, of: toolbox)
        let shell = ["env", "PATH=\(pack.directory("bin"))", ChildProcess.find("dash") ?? "/bin/sh"]
        let outcome = try run(pack, shell, "--exit 2")
        #expect(outcome.status == 2 && outcome.errors == "", "\(outcome)")
        let whole = try pack.directory.read("environment.sh")
        for bytes in [Array(whole.dropLast()), whole + [0], Array(whole[..<4096])] {
            try pack.directory.write("environment.sh", bytes)
            let outcome = try run(pack, shell, "--exit 0")
            #expect(outcome.status == 1)
            // Debian's toybox has no dd: there it is the checksum that tells.
            #expect(outcome.errors.contains("this file is damaged: expected "), "\(outcome)")
        }
    }

    @Test("Nowhere to run from: says which were tried and what to set")
    func nowhere() throws {
        let pack = try SamplePack(StandIn.own.get())
        try pack.directory.write("bin/mkdir", "#!/bin/sh\nexit 1\n")
        let outcome = try pack.sh("chmod +x bin/mkdir; PATH=$D/bin:$PATH sh environment.sh -o out")
        let tried = "\(pack.directory("tmp")) /tmp ./."
        #expect(
            outcome.errors
                == "Error: ./environment.sh: nowhere to run from (full, or mounted noexec): \(tried). Set PIXI_UNPACK_TMPDIR\n"
        )
        #expect(outcome.hasFailed)
    }

    @Test("The directory is gone when the program begins, so that no signal can leave it behind", arguments: shells)
    func goneBeforeTheProgram(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        let words = (shell + ["environment.sh", "--wait"]).map { "'\($0)'" }.joined(separator: ", ")
        let outcome = try pack.sh(
            """
            exec python3 -c "
            import os, signal, subprocess
            p = subprocess.Popen([\(words)], stdout=subprocess.PIPE)
            while p.stdout.readline() != b'waiting\\n': pass
            p.kill()
            print(p.wait())"
            """, ["LINGER": "1"])
        #expect(outcome.output == "-9\n", "\(outcome)")
        #expect(try pack.leftovers == [])
    }

    @Test(
        "What a killed run left is removed by the next one; what may be another run's is not",
        // Busybox' own dd is done before the signal comes.
        arguments: shells.filter { $0.count == 1 })
    func killedRuns(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        try pack.directory.write("bin/dd", UnixStubTests.slowCopy)
        let words = (shell + ["environment.sh"]).map { "'\($0)'" }.joined(separator: ", ")
        let killed = try pack.sh(
            """
            chmod +x bin/dd
            PATH=$D/bin:$PATH exec python3 -c "
            import os, signal, subprocess, time
            p = subprocess.Popen([\(words)], stderr=subprocess.DEVNULL)
            while not os.path.exists('started') and p.poll() is None: time.sleep(0.01)
            p.kill()
            print(p.wait())"
            """)
        #expect(killed.output == "-9\n", "\(killed)")
        let left = try #require(try pack.leftovers.first)
        // The same run, did it still live; a run on another machine; a file of someone.
        let stem = "\(left)".split(separator: ".").dropLast().joined(separator: ".")
        let others = [".\(stem).\(getpid())", ".pixi-unpack.another-machine.999999999", ".pixi-unpacked"]
        for name in others { try Sys.mkdir(pack.directory("tmp/\(name)")) }
        let next = try run(pack, shell, "--exit 4")
        #expect(next.status == 4)
        #expect(next.errors == "")
        #expect(try Set(pack.leftovers.map { "\($0)" }) == Set(others))
    }

    @Test("INT, TERM and HUP while it copies leave nothing behind", arguments: shells)
    func signals(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        // A slow dd: the signal arrives in the middle of the copy.
        try pack.directory.write("bin/dd", UnixStubTests.slowCopy)
        for (signal, status) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
            // A job of a shell without job control ignores INT; python resets it.
            let words = (shell + ["environment.sh"]).map { "'\($0)'" }.joined(separator: ", ")
            let outcome = try pack.sh(
                """
                chmod +x bin/dd; rm -f started
                PATH=$D/bin:$PATH exec python3 -c "
                import os, signal, subprocess, time
                signal.signal(signal.SIGINT, signal.default_int_handler)
                p = subprocess.Popen([\(words)], stderr=subprocess.DEVNULL)
                while not os.path.exists('started') and p.poll() is None: time.sleep(0.01)
                p.send_signal(signal.SIG\(signal))
                print(p.wait())"
                """)
            let isBusybox = shell.count > 1
            // busybox uses its own dd: it is done before the signal comes. Then there is nothing to see.
            if !isBusybox { #expect(outcome.output == "\(status)\n", "\(signal) \(outcome)") }
            #expect(try pack.leftovers == [], "\(signal)")
        }
    }

    @Test("Another's pixi-unpack gets the tar as a file; everything is removed", arguments: shells)
    func foreign(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.foreign.get())
        let outcome = try run(pack, shell, "-o 'a b' --exit 8")
        #expect(outcome.status == 8)
        #expect(outcome.output.contains("argument=<-o>\nargument=<a b>\nargument=<--exit>\nargument=<8>\n"))
        #expect(outcome.output.contains("/environment.tar>\n"))
        #expect(outcome.errors == "")
        #expect(try pack.leftovers == [])
    }

    @Test("A compressed program without gzip says what to install")
    func noGzip() throws {
        let pack = try SamplePack(StandIn.own.get(), compressed: true)
        for tool in ["tail", "ls", "mkdir", "chmod", "rm", "dd", "uname"] {
            _ = try pack.sh("mkdir -p bin; ln -s \"$(command -v \(tool))\" bin/\(tool)")
        }
        let outcome = try pack.sh("PATH=$D/bin /bin/sh environment.sh")
        #expect(outcome.errors == "Error: ./environment.sh: the program inside is compressed: install gzip\n")
        #expect(try pack.leftovers == [])
    }

    /// A folder for all, in which others have put folders and links by the names of ours, as many as there may be processes.
    @Test("What others planted is neither run nor followed nor removed", arguments: shells)
    func planted(shell: [String]) throws {
        try skipMissing(shell)
        let pack = try SamplePack(StandIn.own.get())
        try pack.directory.write("precious/file", "precious")
        let words = shell.map { "'\($0)'" }.joined(separator: " ")
        let prepared = try pack.sh(
            """
            chmod 1777 "$TMPDIR"; printf '#!/bin/sh\\ntouch "$D/ran"\\n' >evil; chmod +x evil
            echo $(uname -n)-$(readlink /proc/self/ns/pid | tr -dc 0-9).$$
            """)
        // The name of a machine may have dots.
        let parts = prepared.output.dropLast().split(separator: ".")
        let here = parts.dropLast().joined(separator: ".")
        let process = try #require(parts.last.flatMap { Int($0) })
        for number in 1..<2000 {
            let path = pack.directory("tmp/.pixi-unpack.\(here).\(process + number)")
            if number % 2 == 0 {
                try Sys.symlink(pack.directory("precious"), at: path)
            } else {
                try Sys.mkdir(path)
                try Sys.link(pack.directory("evil"), to: path.appending(path: "pixi-unpack"))
            }
        }
        _ = try pack.sh("find \"$TMPDIR\" | sort >before")
        if OtherUser.canOwn { try OtherUser.give(pack.directory("tmp")) }
        let outcome = try pack.sh("XDG_RUNTIME_DIR=$D exec \(words) environment.sh --exit 3")
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(try !Sys.exists(pack.directory("ran")))
        #expect(try pack.directory.read("precious/file") == Array("precious".utf8))
        if OtherUser.canOwn { #expect(try pack.sh("find \"$TMPDIR\" | sort | cmp - before").status == 0) }
    }

    @Test("A folder in which everybody may rename is passed over unless it is named for this")
    func openFolder() throws {
        let pack = try SamplePack(StandIn.own.get())
        _ = try pack.sh("chmod 777 \"$TMPDIR\"")
        // Looked at by find, and by ls where there is none.
        try limit(pack, to: Self.tools.filter { $0 != "find" })
        for command in ["sh", "TIME_STYLE=none sh", "PATH=$D/bin TIME_STYLE=none /bin/sh"] {
            _ = try pack.sh("rm -f place; \(command) environment.sh --exit 3")
            let place = try String(decoding: pack.directory.read("place"), as: UTF8.self)
            #expect(!place.contains("\(pack.directory("tmp"))"), "\(command)")
        }
        _ = try pack.sh("PIXI_UNPACK_TMPDIR=$TMPDIR sh environment.sh --exit 3")
        #expect(try String(decoding: pack.directory.read("place"), as: UTF8.self).contains("\(pack.directory("tmp"))"))
    }
}
