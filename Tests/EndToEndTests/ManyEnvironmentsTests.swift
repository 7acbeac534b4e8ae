import CondaModel
import Support
import TestKit
import Testing

@Suite("Several environments at once, bundles, and what a pack says of itself") struct ManyEnvironmentsTests {
    let directory: TemporaryDirectory

    /// Two environments that share the package `a`; `test` has `b` and a project that is no wheel besides.
    init() throws {
        directory = try TemporaryDirectory()
        var lock = ["version: 6", "environments:"]
        var packages: [String] = []
        for (name, list) in [("default", ["a"]), ("test", ["a", "b"])] {
            lock += ["  \(name):", "    channels: []", "    packages:", "      linux-64:"]
            lock += list.map { "      - conda: ./c/linux-64/\($0)-1.0-0.conda" }
            if name == "test" { lock.append("      - pypi: ./project") }
        }
        for name in ["a", "b"] {
            var package = CondaBuilder(name)
            package.file("share/\(name).txt", name)
            let bytes = package.conda()
            try directory.write("w/c/linux-64/\(name)-1.0-0.conda", bytes)
            packages += [
                "- conda: ./c/linux-64/\(name)-1.0-0.conda", "  subdir: linux-64",
                "  sha256: \(SHA256Hasher.hash(bytes).hex)", "  size: \(bytes.count)",
            ]
        }
        packages += ["- pypi: ./project", "  name: project", "  version: \"1\""]
        try directory.write("w/pixi.lock", (lock + ["packages:"] + packages).joined(separator: "\n") + "\n")
    }

    private func pack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.run(
            arguments + ["--no-config", "--ignore-pypi-non-wheel", "-p", "linux-64", "w"], in: directory.path)
    }

    private func unpack(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Executable.unpack(arguments + ["--force"], in: directory.path)
    }

    @Test("a bundle with a base brings what each environment lacks") func bundleDelta() throws {
        #expect(try pack("-e", "default", "--bundle", "-o", "old.tar").status == 0)
        let outcome = try pack("-e", "default", "-e", "test", "--bundle", "--base", "old.tar", "-o", "new.tar")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let names = try ChildProcess.run(["/bin/tar", "-tf", "new.tar"], in: directory.path).output
        // `test` is not in the base, so it is whole.
        #expect(names.contains("channel/linux-64/a-1.0-0.conda") && names.contains("channel/linux-64/b-1.0-0.conda"))
        for name in ["verify", "inspect"] {
            let look = try Executable.unpack([name, "new.tar"], in: directory.path)
            #expect(look.status == 0, "\(look.errors)")
            if name == "inspect" { #expect(look.output.contains("default for linux-64: a delta pack with 0 of 1 ")) }
        }
        let same = try pack("-e", "default", "--bundle", "--base", "old.tar", "-o", "same.tar")
        #expect(same.status == 0, "\(same.errors)")
        let lacks = try unpack("--no-host-check", "-o", "x", "same.tar")
        #expect(lacks.hasFailed)
        let reason = "is a delta pack, and its base is missing: there is no environment "
        #expect(lacks.errors.contains(reason), "\(lacks.errors)")
        let whole = try unpack("--no-host-check", "-o", "x", "same.tar", "--base", "old.tar")
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(try directory.read("x/env/share/a.txt") == Array("a".utf8))
        let none = try pack("-e", "test", "--bundle", "--base", "old.tar")
        #expect(none.hasFailed)
        #expect(none.errors.contains("it holds no environment") || none.errors.contains("none of the environments"))
    }

    @Test func onePackForEach() throws {
        try directory.write("out/keep", "")
        let outcome = try pack("-e", "default", "-e", "test", "-e", "test", "-o", "out")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            try Sys.list(directory("out")).sorted()
                == ["environment-default-linux-64.tar", "environment-test-linux-64.tar", "keep"])
        let fresh = try pack("-e", "default", "-e", "test", "-o", "new/dist/")
        #expect(fresh.status == 0, "\(fresh.errors)")
        #expect(
            try Sys.list(directory("new/dist")).sorted()
                == ["environment-default-linux-64.tar", "environment-test-linux-64.tar"])
        try directory.write("file", "")
        for name in ["file", "one.tar"] {
            let none = try pack("-e", "default", "-e", "test", "-o", name)
            #expect(none.hasFailed)
            #expect(none.errors.contains("the output '\(name)' of several packs is not a folder"))
        }
        // All that cannot be packed is said before anything is written.
        let wrong = try pack("-e", "default", "-e", "nothing", "-e", "none", "-o", "other/dist")
        #expect(wrong.hasFailed)
        #expect(wrong.errors.contains("2 environments cannot be packed:\n  environment not found in lockfile: nothing"))
        #expect(try !Sys.exists(directory("other")))
        // What was made for packs that then failed goes again.
        try Sys.unlink(directory("w/c/linux-64/b-1.0-0.conda"))
        #expect(try pack("-e", "test", "-e", "test", "-e", "default", "-o", "other/dist").hasFailed)
        #expect(try !Sys.exists(directory("other")))
        let stream = try pack("-e", "default", "-e", "test", "-o", "-")
        #expect(stream.status == 2)
        #expect(stream.errors.contains("several packs cannot be written to standard output"))
    }

    @Test(
        "a bundle stores shared packages once and gives out each environment",
        .enabled(if: Platform.current == .linux64))
    func bundle() throws {
        let packed = try pack("-e", "default", "-e", "test", "--bundle", "-o", "b.tar")
        #expect(packed.status == 0, "\(packed.errors)")
        let first = try directory.read("b.tar")
        _ = try pack("-e", "default", "-e", "test", "--bundle", "-o", "b.tar")
        #expect(try directory.read("b.tar") == first)
        // Without a name: the one called default.
        let byDefault = try unpack("b.tar")
        #expect(byDefault.status == 0, "\(byDefault.errors)")
        #expect(try directory.read("env/share/a.txt") == Array("a".utf8))
        #expect(try !Sys.exists(directory("env/share/b.txt")))
        let test = try unpack("b.tar", "--environment", "test")
        #expect(test.status == 0, "\(test.errors)")
        #expect(try directory.read("env/share/b.txt") == Array("b".utf8))
        #expect(test.errors.contains("'project' is not in this pack (it is not a wheel): directory ./project"))
        #expect(test.errors.contains("Taking the environment 'test' for linux-64 of the bundle."))
        let folder = try unpack("b.tar", "-e", "test")
        #expect(folder.hasFailed)
        #expect(folder.errors.contains("the bundle has an environment 'test', but 'default' would be unpacked"))
        #expect(try unpack("b.tar", "-e", "test", "--environment", "default").status == 0)
        #expect(try unpack("b.tar", "-e", "default").errors.contains("activate.sh' was that of the environment"))
        let missing = try unpack("b.tar", "--environment", "x")
        #expect(missing.hasFailed)
        #expect(
            missing.errors.contains(
                "the bundle 'b.tar' does not hold the environment 'x' for linux-64; it holds default (linux-64), "
                    + "test (linux-64)"))
        #expect(try Executable.unpack(["--verify", "b.tar"], in: directory.path).status == 0)
        let strict = try pack("--bundle", "--compat", "strict")
        #expect(strict.status == 2)
    }

    @Test func aPlainPackKnowsItsEnvironment() throws {
        _ = try pack("-e", "test", "-o", "t.tar")
        let wrong = try unpack("t.tar", "--environment", "default")
        #expect(wrong.errors.contains("the pack 't.tar' holds the environment 'test', not 'default'"))
    }

    @Test("a damaged file that no index knows is noticed", .enabled(if: Platform.current == .linux64))
    func damage() throws {
        _ = try pack("-o", "t.tar")
        var bytes = try directory.read("t.tar")
        let needle = Array("nodefaults".utf8)
        let place = try #require(
            (0..<(bytes.count - needle.count)).first { bytes[$0..<($0 + needle.count)].elementsEqual(needle) })
        bytes[place] = UInt8(ascii: "N")
        try directory.write("t.tar", bytes)
        let outcome = try unpack("t.tar")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("the pack is damaged: 'environment.yml' has the SHA-256 "))
        #expect(try !Sys.exists(directory("env")))
    }

    @Test("the manifest is not swallowed by --inject [lock 87]") func manifestAfterInject() throws {
        var package = CondaBuilder("c")
        package.file("c", "c")
        try directory.write("c-1.0-0.conda", package.conda())
        let outcome = try Executable.run(
            ["--no-config", "-p", "linux-64", "-o", "i.tar", "--inject", "c-1.0-0.conda", "w"], in: directory.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let two = try Executable.run(["w", "--inject", "c-1.0-0.conda", "w/pixi.toml"], in: directory.path)
        #expect(two.status == 2)
        #expect(two.errors.contains("there is more than one manifest"))
    }

    @Test("what cannot be injected is named [lock 84]") func unknownKind() throws {
        let outcome = try Executable.run(["--inject", "foo.zip"], in: directory.path)
        #expect(outcome.hasFailed)
        #expect(
            outcome.errors.hasPrefix(
                "Error: cannot inject 'foo.zip': it is neither a conda package (.conda, .tar.bz2) nor a wheel (.whl)\n")
        )
    }
}
