import CondaModel
import Support
import TestKit
import Testing

@Suite("Delta packs")
final class DeltaTests: ShellSuite {
    private static let platform = Platform.current.rawValue

    /// Writes a workspace: Python, a module for any Python with a command, a library and two wheels.
    private func workspace(
        _ name: String, python: String = "3.12.1", library: String = "1.0", tool: String = "2.0", extra: Bool = false,
        rival: Bool = false
    ) throws {
        var workspace = WorkspaceBuilder(in: directory, folder: name)
        let minor = String(python.split(separator: ".").prefix(2).joined(separator: "."))
        var interpreter = CondaBuilder("python", version: python)
        interpreter.file("bin/python\(minor)", "python \(python)", mode: 0o755)
        interpreter.file("lib/python\(minor)/site.py", "site")
        try workspace.conda("python-\(python)-0.conda", interpreter.conda())
        var module = CondaBuilder("module", noarch: "python")
        module.file("site-packages/module.py", "module = 1\n")
        module.info.file(
            "info/link.json",
            #"{"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["module = module:main"]}}"#)
        let archive = module.conda()
        try directory.write("\(name)/module-1.0-0.conda", archive)
        workspace.add(
            "conda", "./module-1.0-0.conda",
            ["subdir: noarch", "noarch: python", "sha256: \(SHA256Hasher.hash(archive).hex)", "size: \(archive.count)"])
        var lib = CondaBuilder("lib", version: library)
        lib.file("lib/libx.so", "library \(library)")
        if library != "1.0" { lib.file("lib/new.so", "new") }
        lib.file("share/prefix", "/old/prefix/share", placeholder: "/old/prefix")
        try workspace.conda("lib-\(library)-0.conda", lib.conda())
        var data = CondaBuilder("data")
        data.file("share/data", [UInt8](repeating: 9, count: 20_000))
        try workspace.conda("data-1.0-0.tar.bz2", data.tarBz2())
        if extra {
            var package = CondaBuilder("extra")
            package.file("share/extra", "extra")
            try workspace.conda("extra-1.0-0.conda", package.conda())
        }
        if rival {
            var package = CondaBuilder("rival", depends: ["data"])
            package.file("share/data", "mine")
            let archive = package.conda()
            try directory.write("\(name)/rival-1.0-0.conda", archive)
            workspace.add(
                "conda", "./rival-1.0-0.conda",
                ["subdir: linux-64", "sha256: \(SHA256Hasher.hash(archive).hex)", "depends:", "- data"])
        }
        for (project, version) in [("tool", tool), ("stay", "1.0")] {
            var wheel = WheelBuilder(project, version)
            wheel.add("\(project).py", "version = '\(version)'\n")
            wheel.add("{S}.dist-info/licenses/LICENSE", "mine")
            try workspace.wheel(
                wheel.fileName, wheel.archive { _ in "" }, name: project, version: version)
        }
        try workspace.write()
        // The lock is written for linux-64.
        if Self.platform != "linux-64" {
            try require(
                "sed -i s/linux-64/\(Self.platform)/g \(name)/pixi.lock; mv \(name)/channel/linux-64 \(name)/channel/\(Self.platform)"
            )
        }
    }

    private func pack(_ name: String, _ options: String = "") throws {
        let outcome = try shell("\"$pack\" -q --no-config -o \(name).tar \(options) \(name)")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Two packs, an environment of the first, and the delta between them.
    private func prepare(base: String = "old.tar") throws {
        try workspace("old")
        try workspace("new", library: "1.1", tool: "2.1", extra: true)
        try pack("old")
        try pack("new")
        #expect(try shell("\"$pack\" inspect --json old.tar > old.json").status == 0)
        let outcome = try shell("\"$pack\" -q --no-config --base \(base) -o delta.tar new")
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// What an environment consists of: paths, contents, links; records but for where the pack was.
    private func content(_ environment: String) throws -> String {
        let line =
            "cd \(environment) && find . \\( -type f -o -type l \\) ! -path './conda-meta/*' ! -name direct_url.json "
            + "! -name RECORD | LC_ALL=C sort | xargs sha256sum && grep -hv '\"url\"\\|\"channel\"\\|\"extracted_package_dir\"\\|\"source\"' "
            + "conda-meta/*.json"
        return try require(line)
    }

    @Test("a delta has only what its base lacks, and says what it requires", arguments: ["old.tar", "old.json"])
    func make(base: String) throws {
        try prepare(base: base)
        let members = try shell("tar -tf delta.tar").output.split(separator: "\n").map(String.init)
        let files = members.filter { $0.hasSuffix(".conda") || $0.hasSuffix(".tar.bz2") || $0.hasSuffix(".whl") }
        let subdir = Platform.current.rawValue
        #expect(
            files == [
                "channel/\(subdir)/extra-1.0-0.conda", "channel/\(subdir)/lib-1.1-0.conda",
                "pypi/tool-2.1-py3-none-any.whl",
            ])
        let json = try JSONDocument(shell("tar -xOf delta.tar pixi-pack.json").outputBytes).root
        #expect(json["version"]?.string == "delta-1")
        let required = try #require(json["contents"]?["requires"]?.members).map { $0 }
        #expect(
            required.map { $0.name.lastPathComponent.lossyString } == [
                "data-1.0-0.tar.bz2", "python-3.12.1-0.conda", "module-1.0-0.conda", "stay-1.0-py3-none-any.whl",
            ])
        #expect(required.allSatisfy { $0.value["sha256"]?.string?.utf8.count == 64 && $0.value["size"]?.int64 != nil })
        let name = "channel/\(Self.platform)/repodata.json"
        let index = try JSONDocument(shell("tar -xOf delta.tar \(name)").outputBytes).root
        #expect(index["packages.conda"]?.members?.count == 4)
        #expect(try shell("\"$pack\" verify delta.tar").status == 0)
        let look = try shell("\"$pack\" inspect delta.tar").output
        #expect(look.contains("default for \(subdir): a delta pack with 3 of 7 packages"), "\(look)")
    }

    @Test("inspect --diff foretells the size within four kilobytes") func size() throws {
        try prepare()
        let json = try JSONDocument(shell("\"$pack\" inspect old.tar --diff new.tar --json").outputBytes).root
        let predicted = try #require(json["bytes-to-ship"]?.int64)
        let real = try Int64(Sys.stat(directory("delta.tar")).st_size)
        #expect(abs(predicted - real) <= 4096, "\(predicted) foretold, \(real) made")
        #expect(try real < Int64(Sys.stat(directory("new.tar")).st_size))
        let forecast = try JSONDocument(
            shell("\"$pack\" -q --no-config --base old.tar -o delta.tar --dry-run --json new").outputBytes
        ).root
        #expect(forecast["size"]?.int64 == real)
    }

    @Test("applied to an environment of its base it makes that of the whole pack") func apply() throws {
        try prepare()
        #expect(try shell("\"$pack\" unpack -q new.tar -o a && mv a whole").status == 0)
        #expect(try shell("\"$pack\" unpack -q old.tar -o a").status == 0)
        #expect(try shell("echo mine > a/env/mine").status == 0)
        let list = try shell("\"$pack\" unpack -q --dry-run delta.tar -o a")
        #expect(
            list.output.hasPrefix(
                "+ extra 1.0 0\n~ lib 1.0 0 → 1.1 0\n~ tool 2.0 wheel → 2.1 wheel\n3 to change, 4 untouched"),
            "\(list.output)\(list.errors)")
        let outcome = try shell("\"$pack\" unpack -q delta.tar -o a")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("a/env/mine") == Array("mine\n".utf8))
        #expect(try shell("rm a/env/mine; \"$pack\" verify --env a/env").status == 0)
        #expect(try content("a/env") == content("whole/env"))
        let again = try shell("\"$pack\" unpack -q --dry-run delta.tar -o a")
        #expect(again.output.hasPrefix("0 to change, 7 untouched"), "\(again.output)")
        #expect(try shell("\"$pack\" unpack -q --dry-run new.tar -o a").output.hasPrefix("0 to change, 7 untouched"))
    }

    @Test("with --base it makes a new environment, file for file that of the whole pack") func complete() throws {
        try prepare()
        #expect(try shell("\"$pack\" unpack -q new.tar -o b && mv b whole").status == 0)
        let outcome = try shell("\"$pack\" unpack -q delta.tar --base old.tar -o b")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try content("b/env") == content("whole/env"))
        #expect(try shell("\"$pack\" verify --env b/env").status == 0)
    }

    @Test("through a pipe, from a folder, and from a delta of a delta") func forms() throws {
        try prepare()
        #expect(try shell("\"$pack\" unpack -q old.tar -o a && \"$pack\" unpack -q - -o a < delta.tar").status == 0)
        #expect(try shell("mkdir d && tar -xf delta.tar -C d && \"$pack\" unpack -q d --base old.tar -o e").status == 0)
        try workspace("newest", library: "1.2", tool: "2.1", extra: true)
        let second = try shell("\"$pack\" -q --no-config --base delta.tar -o second.tar newest")
        #expect(second.status == 0, "\(second.errors)")
        let applied = try shell("\"$pack\" unpack -q second.tar -o a")
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(try directory.read("a/env/lib/libx.so") == Array("library 1.2".utf8))
    }

    @Test("another minor version of Python: modules for any Python and wheels are in the delta") func python() throws {
        try workspace("old")
        try workspace("new", python: "3.13.0")
        try pack("old")
        try pack("new", "--base old.tar")
        let members = try shell("tar -tf new.tar").output
        for name in ["module-1.0-0.conda", "python-3.13.0-0.conda", "stay-1.0-py3", "tool-2.0-py3"] {
            #expect(members.contains(name))
        }
        #expect(!members.contains("data-1.0") && !members.contains("lib-1.0"))
        #expect(try shell("\"$pack\" unpack -q old.tar -o a").status == 0)
        let outcome = try shell("\"$pack\" unpack -q new.tar -o a")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Sys.exists(directory("a/env/lib/python3.13/site-packages/module.py")))
        #expect(try !Sys.exists(directory("a/env/lib/python3.12")))
        #expect(try shell("\"$pack\" verify --env a/env").status == 0)
    }

    @Test("refused where what it builds on is not there, with names; nothing is made") func refused() throws {
        try prepare()
        let fresh = try shell("\"$pack\" unpack delta.tar -o a")
        #expect(fresh.hasFailed)
        #expect(
            fresh.errors.contains(
                "Error: 'delta.tar' is a delta pack, and its base is missing: there is no environment "
                    + "'\(directory("a/env"))' yet, and no --base. It builds on 4 packages: data-1.0-0.tar.bz2, module-1.0-0.conda, python-3.12.1-0.conda, stay-1.0-py3-none-any.whl\n"
            ),
            "\(fresh.errors)")
        #expect(
            fresh.errors.hasSuffix(
                "Hint: Unpack the pack it was made from there first, or name that with --base FILE.\n"))
        #expect(try !Sys.exists(directory("a")))
        try workspace("other", python: "3.12.2")
        try pack("other")
        #expect(try shell("\"$pack\" unpack -q other.tar -o a").status == 0)
        let wrong = try shell("\"$pack\" unpack delta.tar -o a")
        #expect(wrong.hasFailed)
        #expect(wrong.errors.contains("lacks 1 package of its base: python-3.12.1-0.conda\n"))
        let base = try shell("\"$pack\" unpack delta.tar --base other.tar -o c")
        #expect(base.hasFailed)
        #expect(
            base.errors.contains(
                "Error: 'other.tar' is not the base of 'delta.tar': it lacks python-3.12.1-0.conda\n"
                    + "Hint: Name the pack it was made from.\n"))
        let whole = try shell("\"$pack\" unpack new.tar --base old.tar -o c")
        #expect(whole.hasFailed)
        #expect(
            whole.errors.contains("Error: 'new.tar' is a whole pack, which needs no base\nHint: Leave --base out.\n"))
    }

    @Test("a path that goes to another package: refused alone, done with the base") func rival() throws {
        try workspace("old")
        try workspace("new", rival: true)
        try pack("old")
        try pack("new", "--base old.tar")
        #expect(try shell("\"$pack\" unpack -q old.tar -o a").status == 0)
        let alone = try shell("\"$pack\" unpack -q new.tar -o a")
        #expect(alone.hasFailed)
        #expect(
            alone.errors == """
                Error: these packages would have to be installed again, and the delta pack does not have them: \
                data-1.0-0.tar.bz2
                Hint: Name the base of the pack with --base FILE.

                """)
        #expect(try shell("\"$pack\" verify --env a/env").status == 0)
        let outcome = try shell("\"$pack\" unpack -q new.tar --base old.tar -o a")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("a/env/share/data") == Array("mine".utf8))
    }

    @Test("a self-extracting delta is applied like any other") func executable() throws {
        try prepare()
        try directory.write("program", FakeProgram.elf(machine: 62, name: "--run-self-extracting-pack-1"))
        let made = try shell(
            "\"$pack\" -q --no-config --base old.tar --create-executable --pixi-unpack-source program -o delta.sh new")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try shell("\"$pack\" verify delta.sh").status == 0)
        #expect(try shell("\"$pack\" unpack -q old.tar -o a").status == 0)
        let outcome = try shell("\"$pack\" unpack -q delta.sh -o a")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try directory.read("a/env/lib/libx.so") == Array("library 1.1".utf8))
    }

    @Test("a base that is changed is found out") func damaged() throws {
        try prepare()
        #expect(try shell("mkdir d && tar -xf old.tar -C d").status == 0)
        var bytes = try directory.read("d/pypi/stay-1.0-py3-none-any.whl")
        bytes[bytes.count / 2] ^= 1
        try directory.write("d/pypi/stay-1.0-py3-none-any.whl", bytes)
        let outcome = try shell("\"$pack\" unpack delta.tar --base d -o c")
        #expect(outcome.hasFailed)
        #expect(outcome.errors.contains("the pack is damaged: 'pypi/stay-1.0-py3-none-any.whl' has the SHA-256 "))
    }

    @Test(
        "wrong arguments",
        arguments: [
            ("--base old.tar -e a -e b", "--base is for one pack, or one --bundle"),
            ("--base old.tar --compat original", "--base and --compat original cannot be used together"),
        ])
    func misuse(_ options: String, _ message: String) throws {
        let outcome = try shell("\"$pack\" \(options)")
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("Error: \(message)\n"), "\(outcome.errors)")
    }

    @Test("a base that cannot be read, or is for another platform") func bases() throws {
        try workspace("old")
        let none = try shell("\"$pack\" --no-config --base nowhere.tar old")
        #expect(none.hasFailed)
        #expect(
            none.errors.hasPrefix("Error: could not read the base 'nowhere.tar': could not open pack 'nowhere.tar': "))
        try directory.write("b.json", #"{"inventory": 1, "platform": "osx-64", "packages": []}"#)
        let other = try shell("\"$pack\" --no-config --base b.json old")
        #expect(other.errors.contains("Error: the base is for osx-64, the pack for \(Platform.current.rawValue)\n"))
    }

    @Test("of a bundle the environment for the pack's platform is the base, and what to compare with")
    func bundle() throws {
        let example = Executable.checkout + "/docs/example"
        let packed = try shell(
            "\"$pack\" -q --no-config --bundle -p linux-64 -p osx-64 -o all.tar \(example)"
                + " && \"$pack\" -q --no-config -p linux-64 -o old.tar \(example)")
        try #require(packed.status == 0, "\(packed.errors)")
        let delta = try shell("\"$pack\" --no-config -p osx-64 --base all.tar --dry-run \(example)")
        #expect(delta.status == 0 && delta.output.contains("nothing to fetch"), "\(delta.errors)")
        let other = try shell("\"$pack\" --no-config -p linux-aarch64 --base all.tar -o delta.tar \(example)")
        #expect(
            other.errors.contains(
                "it holds no environment 'default' for linux-aarch64; it holds default (linux-64), default (osx-64)"))
        if Executable.isLinux64 {
            let same = try shell("\"$pack\" inspect all.tar --environment default --diff old.tar")
            #expect(same.output.contains("3 the same"), "\(same.errors)")
        }
    }
}
