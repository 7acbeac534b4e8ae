import Support
import TestKit
import Testing

@Suite("Compressed packs, pipes and folders") struct CompressedPackTests {
    let directory: TemporaryDirectory
    private let example = Executable.checkout + "/docs/example"

    init() throws { directory = try TemporaryDirectory() }

    private func shell(_ line: String) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/bin/bash", "-c", "unpack() { (exec -a pixi-unpack \"$pack\" \"$@\"); }\n" + line],
            environment: ["PATH": "/usr/bin:/bin", "pack": Executable.pack, "HOME": directory.path.lossyString],
            in: directory.path)
    }

    /// A workspace with a package and a wheel.
    private func workspace(_ folder: String = "w", version: String = "1.0", wheel: Bool = true) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: folder)
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        try workspace.conda("python-3.12.1-0.conda", python.conda())
        var app = CondaBuilder("app", version: version)
        app.file("share/app.txt", "app \(version)")
        try workspace.conda("app-\(version)-0.conda", app.conda())
        if wheel {
            var tool = WheelBuilder("tool", "2.0")
            tool.add("tool.py", "x = 1\n")
            try workspace.wheel("tool-2.0-py3-none-any.whl", tool.archive { _ in "" }, name: "tool", version: "2.0")
        }
        try workspace.write()
    }

    private static let options = "-q --no-config -p linux-64"

    @Test(
        "-o NAME.tar.gz and its kin: compressed, and read by everybody, from files and pipes",
        arguments: [("tar.gz", "gzip"), ("tar.zst", "zstd"), ("tar.xz", "xz"), ("tar.bz2", "bzip2"), ("tgz", "gzip")])
    func compressed(_ ending: String, _ program: String) throws {
        try workspace()
        let pack = try shell("\"$pack\" \(Self.options) -o a.\(ending) w && \"$pack\" \(Self.options) -o a.tar w")
        #expect(pack.status == 0, "\(pack.errors)")
        #expect(try shell("\(program) -dc < a.\(ending) | cmp - a.tar").status == 0)
        let again = try shell("\"$pack\" \(Self.options) -o b.\(ending) w && cmp a.\(ending) b.\(ending)")
        #expect(again.status == 0, "\(again.errors)\(again.output)")
        for line in [
            "unpack verify a.\(ending)", "unpack verify - < a.\(ending)", "cat a.\(ending) | unpack verify -",
            "unpack verify <(cat a.\(ending))", "unpack inspect a.\(ending)",
            "unpack -q --no-host-check -o file a.\(ending)",
            "cat a.\(ending) | unpack -q --no-host-check -o pipe -",
            "unpack --extract-tar plain.tar a.\(ending) && cmp plain.tar a.tar",
        ] {
            let outcome = try shell(line)
            #expect(outcome.status == 0, "\(line): \(outcome.errors)")
        }
        #expect(try directory.read("pipe/env/share/app.txt") == Array("app 1.0".utf8))
        let small = try shell("unpack --max-unpacked-size 1000 -o small a.\(ending)")
        #expect(small.hasFailed)
        #expect(small.errors.contains("it unpacks to more than the 1000 bytes allowed"), "\(small.errors)")
        let cut = try shell("head -c 1000 a.\(ending) | unpack -o cut -; s=$?; test ! -e cut/env && exit $s")
        #expect(cut.hasFailed, "\(cut.errors)")
    }

    @Test("the signature of a compressed pack is that of the file") func signed() throws {
        try workspace()
        let pack = try shell("\"$pack\" keygen -W && \"$pack\" \(Self.options) --sign pixi-pack.key -o a.tar.zst w")
        #expect(pack.status == 0, "\(pack.errors)")
        for line in [
            "unpack verify --verify-key pixi-pack.pub a.tar.zst",
            "cat a.tar.zst | unpack verify --verify-key <(cat pixi-pack.pub) --signature a.tar.zst.minisig -",
        ] {
            let outcome = try shell(line)
            #expect(outcome.status == 0, "\(line): \(outcome.errors)")
        }
        let other = try shell(
            "zstd -dc < a.tar.zst | unpack verify --verify-key pixi-pack.pub --signature a.tar.zst.minisig -")
        #expect(other.errors.contains("the signature does not fit"), "\(other.errors)")
    }

    @Test(
        "a name under which nobody would look for a pack is a mistake",
        arguments: ["x.zip", "x.tar.lz4", "x.gz", "x.ZIP", "x.conda"])
    func names(_ name: String) throws {
        let outcome = try shell("\"$pack\" -o \(name) w")
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("a pack is not called '."), "\(outcome.errors)")
    }

    @Test("--directory-only takes away what the pack before had, and nothing else; it makes parents")
    func folder() throws {
        try workspace()
        try workspace("v", version: "2.0", wheel: false)
        for compat in ["", "--compat original"] {
            let first = try shell("rm -rf a; \"$pack\" \(Self.options) \(compat) --directory-only -o a/b/c/ w")
            #expect(first.status == 0, "\(first.errors)")
            try directory.write("a/b/c/notes.txt", "mine")
            try directory.write("a/b/c/channel/linux-64/mine.txt", "mine")
            let second = try shell(
                "\"$pack\" \(Self.options) \(compat) --directory-only -o a/b/c v && cd a/b/c && find . -type f | sort")
            #expect(second.status == 0, "\(second.errors)")
            #expect(
                second.output == """
                    ./channel/linux-64/app-2.0-0.conda
                    ./channel/linux-64/mine.txt
                    ./channel/linux-64/python-3.12.1-0.conda
                    ./channel/linux-64/repodata.json
                    \(compat.isEmpty ? "./channel/noarch/repodata.json\n" : "")./environment.yml
                    ./notes.txt
                    ./pixi-pack.json

                    """)
            #expect(try !Sys.exists(directory("a/b/c/pypi")))
            #expect(try Sys.list(directory("a/b/c")).allSatisfy { !$0.hasPrefix(".") })
        }
        // What a link leads to is elsewhere.
        try directory.write("elsewhere/tool-2.0-py3-none-any.whl", "mine")
        let line =
            "rm -rf a; \"$pack\" \(Self.options) --directory-only -o a w && rm -r a/pypi && ln -s ../elsewhere a/pypi"
        #expect(try shell(line + "&& \"$pack\" \(Self.options) --directory-only -o a v").status == 0)
        #expect(try directory.read("elsewhere/tool-2.0-py3-none-any.whl") == Array("mine".utf8))
        // Nothing is left of folders made for nothing.
        #expect(try shell("\"$pack\" \(Self.options) -e none --directory-only -o new/place w").hasFailed)
        #expect(try !Sys.exists(directory("new")))
    }

    @Test("zeros without end, named pipes and devices end at once") func endless() throws {
        for line in [
            "head -c 4G /dev/zero | unpack -", "unpack /dev/zero", "unpack verify /dev/zero",
            "mkfifo p 2>/dev/null; unpack p", "unpack verify p", "unpack inspect p",
            "unpack verify --verify-key p x.tar",
            "mkdir l; mkfifo l/pixi.lock; \"$pack\" l", "\"$pack\" --config p l",
        ] {
            let outcome = try shell("ulimit -f 100000; \(line)")
            #expect(outcome.hasFailed, "\(line): \(outcome.errors)")
            #expect(
                outcome.errors.contains("begins with zeros") || outcome.errors.contains("not a regular file"),
                "\(line): \(outcome.errors)")
        }
        #expect(try !Sys.exists(directory("env")))
        // A good beginning, and nothing but zeros behind it.
        var tar = TarBuilder()
        tar.file("pixi-pack.json", "{}")
        try directory.write("start.tar", tar.unfinished)
        let padded = try shell("ulimit -f 100000; (cat start.tar; exec cat /dev/zero) | unpack -")
        #expect(padded.errors.contains("behind the end of the tar"), "\(padded.errors)")
        #expect(padded.status == 1)
    }

    @Test("what verify knows: an environment, a pack of the original, a pack of nothing") func verify() throws {
        try workspace()
        #expect(try shell("\"$pack\" \(Self.options) --compat original -o s.tar w").status == 0)
        let strict = try shell("unpack verify s.tar")
        #expect(strict.status == 0)
        #expect(
            strict.errors.hasSuffix(
                "3 of 5 verified; no hash for: channel/linux-64/repodata.json, environment.yml\n"), "\(strict.errors)")
        let refused = try shell("unpack verify --strict s.tar")
        #expect(refused.hasFailed)
        #expect(refused.errors.contains("has files without a hash to compare with: channel/linux-64/repodata.json, "))
        #expect(try shell("unpack -q --no-host-check s.tar").status == 0)
        let environment = try shell("unpack verify env")
        #expect(environment.status == 0, "\(environment.errors)")
        #expect(environment.errors.contains("'env' is an environment, not a pack"))
        #expect(environment.errors.contains("files are as their packages brought them"))
        #expect(try shell("echo x >> env/share/app.txt; unpack verify env").hasFailed)
        #expect(
            try shell("unpack verify --strict env").errors.contains("--strict is for packs, 'env' is an environment"))
        // A pack of the original cut before its wheels, made whole with two blocks of zeros.
        let cut = try shell(
            "mkdir t && tar -xf s.tar -C t && rm -r t/pypi && tar -cf u.tar -C t . && unpack -o u u.tar")
        #expect(cut.hasFailed)
        #expect(cut.errors.contains("the wheel tool==2.0, which environment.yml names, is missing"), "\(cut.errors)")
        for command in ["verify", "inspect", "inspect --tree"] {
            let look = try shell("unpack \(command) u.tar")
            #expect(look.hasFailed && look.errors.contains("the wheel tool==2.0"), "\(command): \(look.errors)")
        }
        // What says it is a pack and has nothing.
        try directory.write("hollow/pixi-pack.json", #"{"version": "1", "platform": "linux-64"}"#)
        for command in ["verify", "inspect", "-o z"] {
            let look = try shell("unpack \(command) hollow")
            #expect(look.hasFailed && look.errors.contains("has no folder 'channel'"), "\(command): \(look.errors)")
        }
    }

    @Test("an ambiguous platform is refused, a mistyped one lists those of the lock file") func platforms() throws {
        try directory.write(
            "n/pixi.lock",
            """
            version: 7
            platforms:
            - {name: jetson, subdir: linux-aarch64}
            - {name: jetson-cuda12, subdir: linux-aarch64}
            - {name: a, subdir: linux-64}
            - {name: b, subdir: linux-64}
            - {name: osx-arm64}
            environments:
              default:
                channels: []
                packages: {jetson: [], jetson-cuda12: [], a: [], b: [], osx-arm64: []}
            packages: []
            """)
        for command in ["--no-config", "list"] {
            let outcome = try shell("\"$pack\" \(command) -p linux-aarch64 n")
            #expect(outcome.hasFailed)
            #expect(
                outcome.errors.contains(
                    "platform 'linux-aarch64' is ambiguous: environment 'default' has it as jetson, jetson-cuda12"))
            #expect(outcome.errors.contains("Choose one of them by its name: --platform jetson."))
        }
        #expect(try shell("\"$pack\" --no-config n").hasFailed)
        #expect(try shell("\"$pack\" list -p jetson-cuda12 n").status == 0)
        let twins = try shell("\"$pack\" --no-config -p jetson -p a -p jetson-cuda12 --bundle n")
        #expect(twins.hasFailed)
        #expect(
            twins.errors.contains(
                "one environment 'default' for linux-aarch64, but 'jetson' and 'jetson-cuda12' are both wanted"))
        let typo = try shell("\"$pack\" list -p jetsen n")
        #expect(typo.status == 2)
        #expect(typo.errors.contains("the lock file has the platforms jetson, jetson-cuda12, a, b, osx-arm64"))
    }
}
