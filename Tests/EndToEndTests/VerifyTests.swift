import Support
import TestKit
import Testing

@Suite("verify")
final class VerifyTests: ShellSuite {
    /// Packs a Python, a package with a patched file and a link, and a wheel.
    private func pack(wheelHash: String? = nil, damagedPackage: Bool = false, _ options: String = "") throws {
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        var app = CondaBuilder("app")
        app.file("bin/app", "#!/old/prefix/bin/sh\n", mode: 0o755, placeholder: "/old/prefix")
        app.file("share/data.txt", "data\n")
        app.file("lib/__pycache__/m.cpython-312.pyc", "code")
        app.symlink("share/link", to: "data.txt")
        if damagedPackage {
            app.listed(
                #"{"_path": "share/more", "path_type": "hardlink", "sha256": "\#(String(repeating: "0", count: 64))"}"#)
            app.payload.file("share/more", Array("more".utf8))
        }
        try workspace.conda("app-1.0-0.conda", app.conda())
        var wheel = WheelBuilder("tool", "2.0")
        wheel.add("tool.py", "x = 1\n")
        let archive = wheel.archive {
            wheelHash ?? ("sha256=" + VerifyTests.base64(SHA256Hasher.hash($0).bytes))
        }
        try workspace.wheel("tool-2.0-py3-none-any.whl", archive, name: "tool", version: "2.0")
        try workspace.write()
        let outcome = try shell("\"$pack\" -q --no-config -p linux-64 \(options) workspace")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let number = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            for place in 0...group.count { text.append(digits[number >> (18 - 6 * place) & 63]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test("a pack as it was made, in every form") func good() throws {
        try pack()
        let outcome = try shell("\"$pack\" verify")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(outcome.errors.hasSuffix("6 files are as they were packed\n"))
        #expect(try shell("\"$pack\" verify --deep environment.tar").status == 0)
        #expect(try shell("mkdir d && tar -xf environment.tar -C d && \"$pack\" verify d").status == 0)
        #expect(try shell("\"$pack\" verify - < environment.tar").status == 0)
        let report = try JSONDocument(shell("\"$pack\" verify --json environment.tar").outputBytes).root
        #expect(report["files"]?.int64 == 6)
        #expect(report["unverified"]?.elements?.count == 0)
        #expect(report["problems"]?.elements?.count == 0)
    }

    @Test("a damaged pack: every file that is wrong") func damaged() throws {
        try pack()
        var bytes = try directory.read("environment.tar")
        let text = try #require(bytes.firstRange(of: Array("  - nodefaults".utf8)))
        bytes[text.lowerBound + 4] ^= 1
        try directory.write("bad.tar", bytes)
        let outcome = try shell("\"$pack\" verify bad.tar")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("Error: 'bad.tar': this file is damaged: environment.yml: expected sha256 "))
        #expect(outcome.errors.hasSuffix("Hint: Copy or download it again.\n"))
        let json = try shell("\"$pack\" verify --json bad.tar")
        #expect(json.hasFailed)
        #expect(try JSONDocument(json.outputBytes).root["problems"]?.elements?.count == 1)
        #expect(json.errors.contains("Error: 'bad.tar': this file is damaged: 1 problem\n"))
    }

    @Test("a wheel without a hash in the pack is compared with its own RECORD") func wheel() throws {
        try pack(wheelHash: "sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "--compat original")
        let outcome = try shell("\"$pack\" verify")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("pypi/tool-2.0-py3-none-any.whl: 'tool.py' has the SHA-256 "))
        #expect(outcome.errors.contains("RECORD says 0000"))
    }

    @Test("--deep compares the files of a package with its own list") func deep() throws {
        try pack(damagedPackage: true)
        #expect(try shell("\"$pack\" verify").status == 0)
        let outcome = try shell("\"$pack\" verify --deep")
        #expect(outcome.hasFailed)
        #expect(
            outcome.errors.contains("channel/linux-64/app-1.0-0.conda: 'share/more' has the SHA-256 "),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("paths.json says 0000"))
    }

    @Test("an environment as it was made; byte code is no difference") func environment() throws {
        try pack()
        #expect(try shell("\"$pack\" unpack -q").status == 0)
        let clean = try shell("\"$pack\" verify --env env")
        #expect(clean.status == 0, "\(clean.output)\(clean.errors)")
        #expect(clean.output == "")
        let python = "env/lib/python3.12/site-packages/__pycache__"
        #expect(
            try shell(
                "mkdir -p \(python) && echo x > \(python)/tool.cpython-312.pyc && "
                    + "echo y > env/lib/__pycache__/m.cpython-312.pyc"
            ).status == 0)
        let compiled = try shell("\"$pack\" verify --env env")
        #expect(compiled.status == 0, "\(compiled.output)")
        #expect(compiled.errors.hasSuffix(" files are as their packages brought them; byte code: 2 files\n"))
    }

    @Test("an environment that was changed: missing, changed and extra files") func changed() throws {
        try pack()
        #expect(try shell("\"$pack\" unpack -q").status == 0)
        let changes =
            "cd env && rm share/link bin/python3.12 && echo more >> bin/app && echo DATA > share/data.txt"
            + " && echo 'x = 2' > lib/python3.12/site-packages/tool.py && echo mine > etc-mine && ln -s x share/link"
        #expect(try shell(changes).status == 0)
        let outcome = try shell("\"$pack\" verify --env env")
        #expect(outcome.hasFailed)
        #expect(
            outcome.output == """
                missing  bin/python3.12  (python)
                changed  bin/app  (app: its content differs)
                changed  lib/python3.12/site-packages/tool.py  (tool: its content differs)
                changed  share/data.txt  (app: its content differs)
                changed  share/link  (app: it leads elsewhere)
                extra    etc-mine

                """)
        #expect(
            outcome.errors.contains(
                "Error: the environment 'env' is not as its packages brought it: 1 missing, 4 changed, 1 extra ("))
        #expect(outcome.errors.hasSuffix("Hint: Unpack the pack again with --repair; what is extra stays.\n"))
        let json = try JSONDocument(shell("\"$pack\" verify --env env --json").outputBytes).root
        #expect(json["changed"]?.elements?.count == 4)
        #expect(json["missing"]?.elements?.compactMap { $0["package"]?.string } == ["python"])
        #expect(json["extra"]?.elements?.compactMap(\.string) == ["etc-mine"])
    }

    @Test("an environment that was moved") func moved() throws {
        try pack()
        #expect(try shell("\"$pack\" unpack -q && mv env other").status == 0)
        let outcome = try shell("\"$pack\" verify --env other")
        #expect(outcome.hasFailed)
        #expect(outcome.output.hasPrefix("moved    made for '/") && outcome.output.hasSuffix("/env'\n"))
        #expect(outcome.errors.contains("is not as its packages brought it: made for another place ("))
        #expect(try shell("ln -s other env && \"$pack\" verify --env env").status == 0)
        #expect(try shell("rm env && \"$pack\" unpack -q -e other && \"$pack\" verify --env other").status == 0)
    }

    @Test("a link that became a file, a file that became a folder") func kinds() throws {
        try pack()
        #expect(try shell("\"$pack\" unpack -q").status == 0)
        let changes = "cd env/share && rm link data.txt && mkdir data.txt && echo data > link"
        #expect(try shell(changes).status == 0)
        #expect(
            try shell("\"$pack\" verify --env env").output == """
                missing  share/data.txt  (app)
                changed  share/link  (app: it is no link any more)

                """)
    }

    @Test("what is no environment, wrong arguments") func errors() throws {
        let none = try shell("\"$pack\" verify --env .")
        #expect(none.hasFailed)
        #expect(none.errors.hasPrefix("Error: '.' is no conda environment: "))
        #expect(none.errors.hasSuffix("Hint: Name the folder that has 'conda-meta' in it.\n"))
        try directory.write("e/conda-meta/history", "")
        let empty = try shell("\"$pack\" verify --env e")
        #expect(
            empty.errors
                == "Error: 'e/conda-meta' has no records of packages, so there is nothing to compare with\n"
                + "Hint: Name the folder of an environment that conda, mamba, pixi or pixi-unpack has made.\n")
        try directory.write("e/conda-meta/x-1-0.json", "{}")
        let record = try shell("\"$pack\" verify --env e")
        #expect(record.errors.hasPrefix("Error: could not read the record 'e/conda-meta/x-1-0.json': no string `name`"))
        let both = try shell("\"$pack\" verify --env e x.tar")
        #expect(both.status == 2)
        #expect(both.errors.hasPrefix("Error: --env and a pack cannot be checked together\n"))
        #expect(try shell("\"$pack\" verify --env e --deep").errors.hasPrefix("Error: --deep is for packs only\n"))
    }
}
