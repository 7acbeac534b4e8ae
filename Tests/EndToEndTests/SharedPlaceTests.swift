import LibC
import Support
import TestKit
import Testing

/// Several runs at once, and several users.
@Suite("One place, several runs and users", .enabled(if: Executable.isLinux64)) struct SharedPlaceTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        // Others are to come in.
        #expect(directory.path.withCString { chmod($0, 0o755) } == 0)
        for name in ["one", "two"] {
            var workspace = WorkspaceBuilder(in: directory, folder: name)
            for number in 0..<40 {
                var package = CondaBuilder("p\(number)")
                for file in 0..<20 { package.file("share/p\(number)/\(file)", "\(name) \(number)") }
                try workspace.conda("p\(number)-1.0-0.conda", package.conda())
            }
            try workspace.write()
            let outcome = try Executable.run(
                ["-q", "--no-config", "-p", "linux-64", "-o", "\(name).tar", name], in: directory.path)
            if outcome.status != 0 { throw Failure("\(outcome.errors)") }
        }
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-unpack"))
        try Sys.symlink(ByteString(Executable.pack), at: directory("pixi-pack"))
    }

    private func shell(_ line: String, environment: [String: String] = [:]) throws -> ChildProcess.Outcome {
        try ChildProcess.run(
            ["/bin/sh", "-c", line],
            environment: ["PATH": "/usr/bin:/bin", "HOME": directory("home").lossyString].merging(environment) { $1 },
            in: directory.path)
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(arguments, in: directory.path)
    }

    @Test("of many runs for one new place one installs, the others end well", arguments: ["", "--force"])
    func atOnce(_ option: String) throws {
        let outcome = try shell(
            """
            for i in 1 2 3 4 5 6 7 8; do
              ./pixi-unpack \(option) -o new/out one.tar 2>log$i && echo done >>ends &
            done
            wait
            """)
        #expect(outcome.status == 0)
        let logs = try (1...8).map { String(decoding: try directory.read("log\($0)"), as: UTF8.self) }
        #expect(try directory.read("ends").count == 8 * 5, "\(logs)")
        #expect(logs.filter { $0.contains("Finished unpacking") }.count == 1, "\(logs)")
        #expect(logs.filter { $0.contains("already there") && $0.contains("waiting until it is done") }.count == 7)
        #expect(try Sys.list(directory("new/out")).sorted() == ["activate.sh", "env"])
        #expect(try directory.read("new/out/env/share/p39/19") == Array("one 39".utf8))
    }

    @Test("whoever waited for another pack goes on with his own")
    func differentPacks() throws {
        let outcome = try shell(
            "for p in one two one two; do ./pixi-unpack -q -o out $p.tar || echo bad & done; wait; ls -A out")
        #expect(outcome.output == "activate.sh\nenv\n", "\(outcome.errors)")
        let seen = Set(try (0..<40).map { try directory.read("out/env/share/p\($0)/0").prefix(3) })
        #expect(seen.count == 1)
    }

    @Test func whoDoesNotWaitIsRefused() throws {
        let lock = File(
            descriptor: try Sys.open(directory(".env.pixi-unpack-lock"), O_RDWR | O_CREAT), path: directory("lock"))
        #expect(Sys.tryLock(lock.descriptor) == .held)
        let outcome = try unpack("--no-wait", "one.tar")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("another pixi-unpack is making or changing the environment"))
        withExtendedLifetime(lock) {}
    }

    @Test("what another process makes in the environment cache is waited for, with a line, or refused")
    func cachedEnvironment() throws {
        let packed = try Executable.run(
            [
                "-q", "--no-config", "-p", "linux-64", "-o", "environment.sh", "--create-executable",
                "--pixi-unpack-source", Executable.pack, "one",
            ], in: directory.path)
        try #require(packed.status == 0, "\(packed.errors)")
        let cache = ["XDG_CACHE_HOME": directory("cache").lossyString]
        let place = "cache/pixi-pack/environments"
        let first = try shell("sh environment.sh -q -- true; cd \(place) && ls *.lock && rm -r */", environment: cache)
        #expect(first.status == 0, "\(first.errors)")
        let path = directory("\(place)/\(first.output.split(separator: "\n").first ?? "")")
        var lock: File? = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        #expect(Sys.tryLock(try #require(lock).descriptor) == .held)
        let refused = try shell("sh environment.sh --no-wait -- true", environment: cache)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("another process is making the environment"), "\(refused.errors)")
        let started = try shell(
            "sh environment.sh -- true </dev/null >/dev/null 2>log & "
                + "for i in $(seq 100); do grep -q waiting log && break; sleep 0.1; done; cat log", environment: cache)
        #expect(started.output.contains("waiting until it is done"), "\(started.output)")
        withExtendedLifetime(lock) {}
        lock = nil
        let end = try shell(
            "for i in $(seq 300); do ls -d \(place)/*/env && exit 0; sleep 0.1; done 2>/dev/null; exit 1")
        let log = try shell("cat log").output
        #expect(end.status == 0, "\(log)")
    }

    @Test("whatever is made respects the umask", arguments: ["022", "027", "077", "002"])
    func umask(_ mask: String) throws {
        let outcome = try shell(
            """
            umask \(mask)
            mkdir made
            ./pixi-pack keygen -W -s made/key -p made/key.pub >/dev/null || exit 9
            ./pixi-pack -q --no-config -p linux-64 --use-cache made/cache -o made/a.tar --sbom cyclonedx=made/a.json \
              --sign made/key one &&
            ./pixi-pack -q --no-config -p linux-64 --use-cache made/cache -o made/folder --directory-only one &&
            ./pixi-unpack -q -o made/out made/a.tar &&
            find made ! -type l -perm /\(mask)
            """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Files of packages keep who may read them; nobody can reach them below folders without permissions.
        let wrong = outcome.output.split(separator: "\n").filter { !$0.contains("/env/share/") }
        #expect(wrong.isEmpty)
        #expect(try shell("find made -type f -perm /\(mask) -perm /022").output == "")
    }

    @Test("--force does not empty a home, the current folder or one of a user's own")
    func nothingOfTheUser() throws {
        try directory.write("home/notes", "")
        try directory.write("folder/notes", "")
        let home = try shell("./pixi-unpack one.tar -e home --force")
        #expect(home.hasFailed && home.errors.contains("which is your home folder"), "\(home.errors)")
        let here = try shell("./pixi-unpack one.tar -e . --force")
        #expect(here.hasFailed && here.errors.contains("which is the current folder"), "\(here.errors)")
        let folder = try shell("./pixi-unpack one.tar -e folder --force")
        #expect(folder.errors.contains("and no environment"), "\(folder.errors)")
        let empty = try shell("mkdir empty && cd empty && ../pixi-unpack ../one.tar -e .; cd .. && ls -d empty")
        #expect(empty.output == "empty\n", "\(empty.errors)")
        for path in ["home/notes", "folder/notes", "one.tar"] { #expect(try Sys.exists(directory(path))) }
    }

    // MARK: Users

    @Test("an environment another user planted is refused", .enabled(if: OtherUser.canOwn, "needs root"))
    func planted() throws {
        #expect(try unpack("-q", "-o", "sticky", "one.tar").status == 0)
        try OtherUser.give(directory("sticky/env"))
        let there = try unpack("-o", "sticky", "one.tar")
        #expect(there.hasFailed && there.errors.contains("belongs to"), "\(there.errors)")
        try Sys.rename(directory("sticky/env"), to: directory("sticky/.env.old-abcdefghij"))
        let old = try unpack("-o", "sticky", "one.tar")
        #expect(old.hasFailed && old.errors.contains("belongs to"), "\(old.errors)")
        #expect(try unpack("-q", "-o", "sticky", "--trust-owner", "one.tar").status == 0)
    }

    @Test("an administrator's environment is used by others", .enabled(if: OtherUser.canAct, "needs root"))
    func administrators() throws {
        let source = ["--create-executable", "--pixi-unpack-source", Executable.pack]
        let packed = try Executable.run(
            ["-q", "--no-config", "-p", "linux-64", "-o", "environment.sh", "one"] + source, in: directory.path)
        try #require(packed.status == 0, "\(packed.errors)")
        let made = try shell("umask 022; sh environment.sh -q -o shared -- true")
        #expect(made.status == 0, "\(made.errors)")
        let before = try shell("find shared -printf '%p %m %T@\\n' | sort").output
        let variables = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "TMPDIR": "/tmp"]
        let commands = [
            [Executable.pack, "verify", "--env", "shared/env"],
            ["/bin/sh", "environment.sh", "-o", "shared", "--", "sh", "-c", "cat $CONDA_PREFIX/share/p1/1"],
        ]
        for command in commands {
            let outcome = try OtherUser.run(command, environment: variables, in: directory.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try shell("find shared -printf '%p %m %T@\\n' | sort").output == before)
        let change = try OtherUser.run(
            [Executable.pack, "unpack", "-o", "shared", "two.tar"], environment: variables, in: directory.path)
        #expect(change.hasFailed)
        #expect(try shell("find shared -printf '%p %m %T@\\n' | sort").output == before)
    }
}
