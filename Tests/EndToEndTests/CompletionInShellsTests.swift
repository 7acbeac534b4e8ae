import LibC
import Support
import TestKit
import Testing

/// Words typed into real shells in a terminal (tmux), and what the key for completion makes of them.
@Suite("Completion in shells", .enabled(if: ChildProcess.find("tmux") != nil), .serialized)
struct CompletionInShellsTests {
    let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write(
            "place/pixi.lock",
            """
            version: 6
            environments:
              production:
                channels: []
                packages:
                  linux-64: []
              default:
                channels: []
                packages:
                  linux-64: []
            packages: []
            """)
        try folder.write("place/small.tar", "")
        try folder.write("place/small.txt", "")
        try folder.write("place/one.conda", "")
        try Sys.makeDirectories(folder("bin"))
        for name in ["pixi-pack", "pixi-unpack"] {
            try Sys.symlink(ByteString(Executable.pack), at: folder("bin").appending(path: ByteString(name)))
        }
    }

    private func tmux(_ socket: String, _ arguments: String...) throws -> ChildProcess.Outcome {
        let program = try #require(ChildProcess.find("tmux"))
        return try ChildProcess.run(
            [program, "-L", socket, "-f", "/dev/null"] + arguments,
            environment: [
                "PATH": "\(folder("bin")):/usr/bin:/bin", "HOME": folder.path.lossyString, "TERM": "xterm",
                "LC_ALL": "C.UTF-8", "TMUX_TMPDIR": folder.path.lossyString,
            ], in: folder("place"))
    }

    /// What stands on the screen once it has `expected`, or after a while.
    private func screen(_ socket: String, awaiting expected: String) throws -> String {
        var text = ""
        for _ in 0..<200 {
            text = try tmux(socket, "capture-pane", "-p").output
            if text.contains(expected) { break }
            usleep(100_000)
        }
        return text
    }

    /// The commands that start each shell with the scripts read.
    private static let shells: [(shell: String, start: String, sourcing: String)] = [
        ("bash", "bash --norc --noprofile", "source"),
        ("zsh", "zsh -f", "autoload -Uz compinit; compinit -u -D; source"),
        ("fish", "fish --no-config", "source"),
    ]

    @Test(
        "commands, options, values and files by their kind",
        arguments: shells.map(\.shell))
    func completes(shell: String) throws {
        _ = try ChildProcess.needed(shell)
        let found = try #require(Self.shells.first { $0.shell == shell })
        for name in ["pixi-pack", "pixi-unpack"] {
            let script =
                name == "pixi-pack"
                ? try Executable.run(["completion", "-s", shell]) : try Executable.unpack(["completion", "-s", shell])
            #expect(script.status == 0, "\(script.errors)")
            try folder.write("\(name).\(shell)", script.output)
        }
        let socket = "pixi-\(getpid())-\(shell)"
        defer { _ = try? tmux(socket, "kill-server") }
        _ = try tmux(socket, "new-session", "-d", "-x", "160", "-y", "48", found.start)
        let lines = ["pixi-pack", "pixi-unpack"].map { "\(found.sourcing) \(folder("\($0).\(shell)"))" }
        for line in lines + ["echo re''ady"] {
            _ = try tmux(socket, "send-keys", "-l", line)
            _ = try tmux(socket, "send-keys", "Enter")
        }
        #expect(try screen(socket, awaiting: "\nready").contains("\nready"))
        for (typed, expected) in [
            ("pixi-pack ins", "pixi-pack inspect"), ("pixi-pack -e pro", "pixi-pack -e production"),
            ("pixi-pack --create", "pixi-pack --create-executable"),
            ("pixi-pack list --exp", "pixi-pack list --explicit"),
            ("pixi-pack --sbom sp", "pixi-pack --sbom spdx"), ("pixi-pack -p linux-6", "pixi-pack -p linux-64"),
            ("pixi-pack -i on", "pixi-pack -i one.conda"), ("pixi-pack --environment=pro", "--environment=production"),
            ("pixi-unpack --shell fi", "pixi-unpack --shell fish"), ("pixi-unpack sm", "pixi-unpack small.tar"),
            ("pixi-unpack verify --dee", "pixi-unpack verify --deep"),
        ] {
            // An interrupt would take what is typed right behind it, too.
            _ = try tmux(socket, "send-keys", "C-u")
            _ = try tmux(socket, "send-keys", "-l", typed)
            _ = try tmux(socket, "send-keys", "Tab")
            let text = try screen(socket, awaiting: expected)
            #expect(text.contains(expected), "\(shell), \(typed):\n\(text.suffix(2000))")
            #expect(!text.contains("doubled rest") && !text.contains("command not found"), "\(text)")
        }
    }

    @Test("elvish accepts its script and offers commands", .enabled(if: ChildProcess.find("elvish") != nil))
    func elvish() throws {
        let script = try folder.write("complete.elv", try Executable.run(["completion", "-s", "elvish"]).output)
        let program = try #require(ChildProcess.find("elvish"))
        let check = try ChildProcess.run(
            [program, "-norc", "-compileonly", script.lossyString],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path.lossyString])
        #expect(check.status == 0 || check.errors.contains("edit:"), "\(check.errors)")
    }
}
