import Support
import TestKit
import Testing

@Suite("What pack writes")
struct PackOutputTests {
    private let example = Executable.checkout + "/docs/example"

    /// Runs a shell line in `folder`, with the program as `$pack` and the example as `$example`.
    private func shell(_ line: String, in folder: TemporaryDirectory, _ environment: [String: String] = [:]) throws
        -> ChildProcess.Outcome
    {
        let variables = ["PATH": "/usr/bin:/bin", "pack": Executable.pack, "example": example]
        return try ChildProcess.run(
            ["/bin/sh", "-c", line], environment: variables.merging(environment) { $1 }, in: folder.path)
    }

    @Test("an unknown platform is a usage error that lists the valid ones [lock 46]")
    func unknownPlatform() throws {
        let outcome = try Executable.run(["-p", "foo", example])
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("'foo' is not a known platform. Valid platforms are 'noarch', 'unknown'"))
    }

    @Test("the same bytes whatever the umask, the user's names, the time and TMPDIR [lock 55]")
    func reproducible() throws {
        let folder = try TemporaryDirectory()
        try Sys.mkdir(folder("tmp"))
        #expect(try shell("umask 022; \"$pack\" -q -o a.tar \"$example\"", in: folder).status == 0)
        let other = ["TMPDIR": folder("tmp").lossyString, "USER": "other", "LOGNAME": "other", "TZ": "Asia/Tokyo"]
        let second = try shell("umask 077; \"$pack\" -q -o b.tar \"$example\"", in: folder, other)
        #expect(second.status == 0, "\(second.errors)")
        #expect(try folder.read("a.tar") == folder.read("b.tar"))
    }

    @Test("-o - puts the tar and nothing else on standard output [lock 66]")
    func standardOutput() throws {
        let folder = try TemporaryDirectory()
        #expect(try shell("\"$pack\" -o - \"$example\" > piped.tar", in: folder).status == 0)
        #expect(try shell("\"$pack\" -q -o file.tar \"$example\"", in: folder).status == 0)
        #expect(try folder.read("piped.tar") == folder.read("file.tar"))
        #expect(try Sys.list(folder.path).sorted() == ["file.tar", "piped.tar"])
    }

    @Test("direct+http:// wheels come from the URL without the prefix [lock 73]")
    func directURL() throws {
        let folder = try TemporaryDirectory()
        let server = try FaultServer()
        let wheel = try server.text("/w/w-1.0-py3-none-any.whl", "wheel")
        var workspace = WorkspaceBuilder(in: folder)
        workspace.pypi("direct+" + server.url("/w/w-1.0-py3-none-any.whl"), name: "w", sha256: wheel.sha256)
        try workspace.write()
        let outcome = try shell(
            "\"$pack\" -q --no-config --no-plan-check -p linux-64 --directory-only workspace && cat environment/pypi/*",
            in: folder)
        #expect(outcome.status == 0 && outcome.output == "wheel", "\(outcome.errors)")
        #expect(try Sys.list(folder("environment/pypi")) == ["w-1.0-py3-none-any.whl"])
        withExtendedLifetime(server) {}
    }

    @Test("a temporary directory on another device shows in link.type alone [install 73]")
    func otherDevice() throws {
        let folder = try TemporaryDirectory()
        try Sys.mkdir(folder("tmp"))
        let outcome = try shell(
            """
            "$pack" -q "$example"
            # The time in the history.
            export SOURCE_DATE_EPOCH=1700000000
            TMPDIR=$PWD/tmp "$pack" unpack -q -o out && mv out same
            # Another device everywhere, on which nothing can be written.
            TMPDIR=/proc "$pack" unpack -q -o out
            grep -h '"type"' same/env/conda-meta/*.json | sort -u
            grep -h '"type"' out/env/conda-meta/*.json | sort -u
            sed -i 's/"type": 3/"type": 1/' out/env/conda-meta/*.json
            # Our line of the history has a digest of the records.
            sed -i 's/"records": "[0-9a-f]*"//' */env/conda-meta/history
            diff -r same out
            """, in: folder)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output == "    \"type\": 1\n    \"type\": 3\n")
        // A pack that is a folder is where the original extracts packages.
        let other = try shell(
            """
            mkdir pack && tar -xf environment.tar -C pack && TMPDIR=/proc "$pack" unpack -q -o there pack
            grep -h '"type"' there/env/conda-meta/*.json | sort -u
            """, in: folder)
        #expect(other.status == 0 && other.output == "    \"type\": 1\n", "\(other.errors)")
    }

    @Test("a pack goes through a pipe into an environment") func pipe() throws {
        let folder = try TemporaryDirectory()
        let outcome = try shell(
            "\"$pack\" -q -o - \"$example\" | \"$pack\" unpack -q -o out - && . out/activate.sh && greet", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "Saluton, world!\n")
    }
}
