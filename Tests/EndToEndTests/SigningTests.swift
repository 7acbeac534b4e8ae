import Support
import TestKit
import Testing

/// Keys, signed packs and their refusal, and that Debian's minisign and we read each other's files.
@Suite struct SigningTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        var package = CondaBuilder("p")
        package.file("share/p", "content")
        let bytes = package.conda()
        let path = try directory.write("channel/linux-64/p-1.0-0.conda", bytes)
        try directory.write(
            "pixi.lock",
            """
            version: 6
            environments:
              default:
                channels:
                - url: file://\(directory("channel"))
                packages:
                  linux-64:
                  - conda: file://\(path)
            packages:
            - conda: file://\(path)
              name: p
              version: '1.0'
              build: '0'
              build_number: 0
              subdir: linux-64
              sha256: \(SHA256Hasher.hash(bytes).hex)
            """)
    }

    @discardableResult
    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        let outcome = try Executable.run(
            arguments, environment: ["HOME": directory.path.lossyString], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome
    }

    private func unpack(_ arguments: String..., input: ByteString = "/dev/null") throws -> ChildProcess.Outcome {
        try Executable.unpack(
            arguments, environment: ["HOME": directory.path.lossyString], in: directory.path, input: input)
    }

    private func minisign(_ arguments: String...) throws -> ChildProcess.Outcome {
        try ChildProcess.run([try #require(ChildProcess.find("minisign"))] + arguments, in: directory.path)
    }

    /// A pack `environment.tar` and its signature; the public key's text.
    @discardableResult
    private func signed(_ more: String...) throws -> String {
        let key = try pack("keygen", "-W").output
        _ = try Executable.run(
            ["--sign", "pixi-pack.key", "-p", "linux-64", "--no-config"] + more,
            environment: ["HOME": directory.path.lossyString], in: directory.path)
        return String(key.dropLast())
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try File.open(directory(name)).slice().readAll(), as: UTF8.self)
    }

    @Test func aSignedPackIsUnpackedWithItsKeyOnly() throws {
        let key = try signed()
        for argument in [key, "pixi-pack.pub"] {
            let outcome = try unpack("-v", "--force", "--verify-key", argument)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("file:environment.tar hashed"))
        }
        #expect(try text("env/share/p") == "content")
        try pack("keygen", "-W", "-s", "b.key", "-p", "b.pub")
        let stranger = try unpack("-e", "other", "--verify-key", "b.pub")
        #expect(stranger.hasFailed)
        #expect(stranger.errors.contains("Error: 'environment.tar' cannot be trusted: it was signed with the key "))
        #expect(try !Sys.exists(directory("other")))
    }

    @Test func nothingIsReadOfAPackThatWasChanged() throws {
        try signed()
        // No tar at all: only who reads it would say so.
        try directory.write("environment.tar", "changed")
        for arguments in [["--verify"], ["--extract-tar", "x.tar"], ["-e", "x"], ["--", "true"]] {
            let outcome = try Executable.unpack(
                ["--verify-key", "pixi-pack.pub"] + arguments,
                environment: ["HOME": directory.path.lossyString], in: directory.path)
            #expect(outcome.hasFailed)
            #expect(outcome.errors.contains("the signature does not fit: this is not what was signed with the key "))
            #expect(outcome.errors.contains("Hint: Do not use it."))
        }
        #expect(try !Sys.exists(directory("x")) && !Sys.exists(directory("x.tar")))
    }

    @Test func whatCannotBeVerifiedIsRefused() throws {
        try signed()
        let piped = try unpack("--verify-key", "pixi-pack.pub", "-", input: directory("environment.tar"))
        #expect(piped.errors.contains("a pack from standard input has no signature beside it"))
        #expect(piped.errors.contains("Hint: Name the signature with --signature FILE."))
        let named = try unpack(
            "--verify-key", "pixi-pack.pub", "--signature", "environment.tar.minisig", "-",
            input: directory("environment.tar"))
        #expect(named.status == 0, "\(named.errors)")
        try Sys.unlink(directory("environment.tar.minisig"))
        let missing = try unpack("--verify-key", "pixi-pack.pub", "-e", "x")
        #expect(missing.errors.contains("could not read the signature 'environment.tar.minisig'"))
        let folder = try unpack("--verify-key", "pixi-pack.pub", "channel", "-e", "x")
        #expect(folder.errors.contains("'channel' is no file, so nothing can be signed"))
        let secret = try unpack("--verify-key", "pixi-pack.key", "-e", "x")
        #expect(secret.errors.contains("could not read the public key 'pixi-pack.key': it is a secret key"))
        #expect(try !Sys.exists(directory("x")))
    }

    @Test(
        "environment.sh passes the key on: who signed it with another, or changed it, installs nothing",
        .enabled(if: Executable.isLinux64))
    func selfExtracting() throws {
        try signed("--create-executable", "--pixi-unpack-source", Executable.pack)
        try pack("keygen", "-W", "-s", "b.key", "-p", "b.pub")
        func run(_ name: String, key: String) throws -> ChildProcess.Outcome {
            try ChildProcess.run(
                ["/bin/sh", "./\(name)", "-q", "--verify-key", key],
                environment: ["HOME": directory.path.lossyString, "PATH": "/usr/bin:/bin"], in: directory.path)
        }
        let stranger = try run("environment.sh", key: "b.pub")
        #expect(stranger.hasFailed)
        #expect(stranger.errors.contains("environment.sh' cannot be trusted: it was signed with the key "))
        var bytes = try directory.read("environment.sh")
        // In the archive.
        bytes[5000] ^= 1
        try directory.write("changed.sh", bytes)
        try directory.write("changed.sh.minisig", try directory.read("environment.sh.minisig"))
        let changed = try run("changed.sh", key: "pixi-pack.pub")
        #expect(changed.hasFailed)
        #expect(changed.errors.contains("the signature does not fit: this is not what was signed with the key "))
        #expect(try !Sys.exists(directory("env")) && !Sys.exists(directory("activate.sh")))
        let outcome = try run("environment.sh", key: "pixi-pack.pub")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try text("env/share/p") == "content")
    }

    /// An unsigned `environment.sh` that claims to be the signed one: its package says something else, and ships what we
    /// note of environments ourselves.
    private func imposter(of signed: ByteString, shipsNote: Bool) throws -> [UInt8] {
        func digest(_ path: ByteString) throws -> [UInt8] {
            let head = String(
                decoding: try File.open(path).slice().part(offset: 0, length: 1024).readAll(), as: UTF8.self)
            return Array(try #require(head.split(separator: " sha256=").last).prefix(64).utf8)
        }
        var package = CondaBuilder("p")
        package.file("share/p", "evil")
        let wanted = try digest(signed)
        if shipsNote {
            for name in ["pixi-pack-contents", "state", ".pixi-pack-update", "history"] {
                package.file("conda-meta/\(name)", String(decoding: wanted, as: UTF8.self))
            }
        }
        let bytes = package.conda()
        let place = try directory.write("evil/p-1.0-0.conda", bytes)
        try directory.write(
            "evil/pixi.lock",
            """
            version: 6
            environments:
              default:
                channels: [{url: "https://example.org/c"}]
                packages:
                  linux-64: [{conda: "file://\(place)"}]
            packages:
            - {conda: "file://\(place)", name: p, version: '1.0', build: '0', build_number: 0, subdir: linux-64, sha256: \(SHA256Hasher.hash(bytes).hex)}
            """)
        try pack(
            "--create-executable", "--pixi-unpack-source", Executable.pack, "-p", "linux-64", "--no-config",
            "--no-plan-check", "-o", "evil.sh", "evil")
        var file = try directory.read("evil.sh")
        let own = try digest(directory("evil.sh"))
        // In the header and where the script looks for it.
        while let range = file.firstRange(of: own) { file.replaceSubrange(range, with: wanted) }
        return file
    }

    @Test(
        "a command of a signed environment.sh never runs in what an unsigned one with its header has made",
        .enabled(if: Executable.isLinux64), arguments: [false, true])
    func unsignedInItsPlace(shipsNote: Bool) throws {
        try signed("--create-executable", "--pixi-unpack-source", Executable.pack)
        try directory.write("evil.sh", imposter(of: directory("environment.sh"), shipsNote: shipsNote))
        func run(_ words: [String]) throws -> ChildProcess.Outcome {
            try ChildProcess.run(
                ["/bin/sh"] + words + ["--", "sh", "-c", #"cat "$CONDA_PREFIX/share/p""#],
                environment: [
                    "HOME": directory.path.lossyString, "PATH": "/usr/bin:/bin",
                    "XDG_CACHE_HOME": directory("cache").lossyString,
                ], in: directory.path)
        }
        // It fills the places it can; what it says by itself nobody asked to be signed.
        for arguments in [[], ["-o", "place"]] {
            let evil = try run(["./evil.sh"] + arguments)
            #expect(evil.hasFailed || evil.output == "evil", "\(evil.errors)")
            if shipsNote { #expect(evil.hasFailed && evil.errors.contains("whose place is reserved")) }
        }
        let refused = try run(["./evil.sh", "--verify-key", "pixi-pack.pub"])
        #expect(refused.hasFailed && !refused.output.contains("evil"))
        let verified = try run(["./environment.sh", "--verify-key", "pixi-pack.pub"])
        #expect(verified.status == 0 && verified.output == "content", "\(verified.errors)")
        // In a place of its own choice it finds another pack's environment, or makes one.
        let placed = try run(["./environment.sh", "--verify-key", "pixi-pack.pub", "-o", "place"])
        #expect(!placed.output.contains("evil"))
        #expect(shipsNote ? placed.status == 0 : placed.hasFailed, "\(placed.errors)")
        // Without a key asked for, too.
        #expect(try run(["./environment.sh"]).output == "content")
    }

    @Test("equal packs have equal signatures, and a comment of one's own is signed along")
    func comments() throws {
        try signed()
        let first = try text("environment.tar.minisig")
        try pack("--sign", "pixi-pack.key", "-p", "linux-64", "--no-config")
        #expect(try text("environment.tar.minisig") == first)
        try pack("--sign", "pixi-pack.key", "-p", "linux-64", "--no-config", "--trusted-comment", "release 7")
        #expect(try text("environment.tar.minisig").contains("\ntrusted comment: release 7\n"))
    }

    @Test func keysAreNotReplacedByAccidentAndSecretOnesArePrivate() throws {
        try pack("keygen", "-W")
        #expect(try Sys.stat(directory("pixi-pack.key")).st_mode & 0o777 == 0o600)
        let again = try Executable.run(["keygen", "-W"], in: directory.path)
        #expect(again.hasFailed)
        #expect(again.errors.hasPrefix("Error: there is a file 'pixi-pack.key' already\n"))
        try pack("keygen", "-W", "--force")
    }

    @Test("without a terminal the password comes from a file or the environment")
    func passwords() throws {
        try directory.write("password", "first line\nsecond")
        try pack("keygen", "--password-file", "password")
        let folder = directory.path.lossyString
        let outcome = try Executable.run(
            ["--sign", "pixi-pack.key", "-p", "linux-64", "--no-config"],
            environment: ["HOME": folder, "PIXI_PACK_KEY_PASSWORD": "first line"], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    @Test func whatHasNoPlaceForASignatureIsNotSigned() throws {
        try pack("keygen", "-W")
        let outputs = [
            (["-o", "-"], 2, "a pack on standard output has no place for a signature beside it"),
            (["--directory-only"], 2, "--sign and --directory-only cannot be used together"),
            (["-o", "/dev/null"], 1, "'/dev/null' is no regular file"),
        ]
        for (arguments, status, message) in outputs {
            let outcome = try Executable.run(
                ["--sign", "pixi-pack.key", "-p", "linux-64", "--no-config"] + arguments,
                environment: ["HOME": directory.path.lossyString], in: directory.path)
            #expect(outcome.status == status)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test("minisign verifies what we sign", .enabled(if: ChildProcess.find("minisign") != nil))
    func minisignVerifies() throws {
        try signed()
        let outcome = try minisign("-V", "-m", "environment.tar", "-p", "pixi-pack.pub")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Trusted comment: file:environment.tar\thashed"))
        // And signs with our key.
        try directory.write("other", "x")
        #expect(try minisign("-S", "-s", "pixi-pack.key", "-m", "other").status == 0)
        #expect(try minisign("-V", "-p", "pixi-pack.pub", "-m", "other").status == 0)
    }

    @Test(
        "we verify what minisign signs with its own key, in the form of today and in the old one",
        .enabled(if: ChildProcess.find("minisign") != nil), arguments: [[], ["-l"]])
    func verifiesMinisign(_ form: [String]) throws {
        #expect(try minisign("-G", "-W", "-s", "m.key", "-p", "m.pub").status == 0)
        try pack("-p", "linux-64", "--no-config")
        let program = try #require(ChildProcess.find("minisign"))
        let arguments = ["-S", "-s", "m.key", "-m", "environment.tar", "-t", "by minisign"] + form
        #expect(try ChildProcess.run([program] + arguments, in: directory.path).status == 0)
        let outcome = try unpack("-v", "--verify-key", "m.pub")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains(": by minisign"))
        // And sign with its key.
        try pack("--sign", "m.key", "-p", "linux-64", "--no-config")
        #expect(try minisign("-V", "-p", "m.pub", "-m", "environment.tar").status == 0)
    }
}
