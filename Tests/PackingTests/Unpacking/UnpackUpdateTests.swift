import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// Unpacking onto an environment that is there (docs/spec/install.md#existing-prefix).
@Suite struct UnpackUpdateTests {
    /// A pack with packages whose files hold their version.
    private func pack(_ packages: [(name: String, version: String, paths: [String])]) throws -> PackUnderTest {
        let pack = try PackUnderTest()
        for (name, version, paths) in packages {
            var package = CondaBuilder(name, version: version)
            for path in paths { package.file(path, "\(name) \(version)") }
            try pack.add(package)
        }
        return pack
    }

    private func update(_ environment: Environment, from pack: PackUnderTest) throws -> [String] {
        var changes: [String] = []
        for isDryRun in [true, false] {
            changes = try pack.changes {
                $0.outputDirectory = environment.path.parentPath
                $0.isDryRun = isDryRun
            }
            if isDryRun { #expect(try pack.changes { configure(&$0, environment) } == changes) }
        }
        return changes
    }

    private func configure(_ options: inout UnpackOptions, _ environment: Environment) {
        options.outputDirectory = environment.path.parentPath
        options.isDryRun = true
    }

    @Test("equal packages stay untouched [install 110]") func equal() throws {
        let pack = try pack([("a", "1", ["share/a"]), ("b", "1", ["share/a", "x/b"])])
        let environment = try pack.unpack()
        let before = try environment.status("share/a")
        #expect(try update(environment, from: pack).isEmpty)
        let after = try environment.status("share/a")
        #expect(before.st_ino == after.st_ino && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec)
    }

    @Test func packagesComeGoAndAreReplaced() throws {
        let old = try pack([("a", "1", ["a/f", "a/gone"]), ("b", "1", ["b/deep/er/f"]), ("same", "1", ["s"])])
        let environment = try old.unpack()
        try old.directory.write("out/env/a/mine", "mine")
        let untouched = try environment.status("s").st_ino
        let new = try pack([("a", "2", ["a/f", "a/new"]), ("c", "1", ["c/f"]), ("same", "1", ["s"])])
        #expect(try update(environment, from: new) == ["~ a 1 0 → 2 0", "- b 1 0", "+ c 1 0"])
        #expect(try environment.text("a/f") == "a 2" && environment.text("a/mine") == "mine")
        #expect(try !environment.exists("a/gone") && !environment.exists("b") && environment.exists("c/f"))
        #expect(try environment.status("s").st_ino == untouched)
        #expect(
            try environment.list("conda-meta") == ["a-2-0.json", "c-1-0.json", "history", "same-1-0.json"])
    }

    @Test func aFileBecomesAFolderAndBack() throws {
        let file = try pack([("a", "1", ["x"])])
        let environment = try file.unpack()
        let folder = try pack([("a", "2", ["x/y/z"])])
        _ = try update(environment, from: folder)
        #expect(try environment.text("x/y/z") == "a 2")
        _ = try update(environment, from: file)
        #expect(try environment.text("x") == "a 1")
    }

    @Test func aFolderBecomesALinkAndBack() throws {
        let folder = try pack([("a", "1", ["x/f", "y/g"])])
        let environment = try folder.unpack()
        let link = try PackUnderTest()
        var package = CondaBuilder("a", version: "2")
        package.file("y/f", "a 2")
        package.symlink("x", to: "y")
        try link.add(package)
        for _ in 0..<2 { _ = try update(environment, from: link) }
        #expect(try environment.link("x") == "y" && environment.list("y") == ["f"])
        #expect(try environment.list("conda-meta") == ["a-2-0.json", "history"])
        _ = try update(environment, from: folder)
        #expect(try environment.text("x/f") == "a 1" && environment.list("y") == ["g"])
    }

    @Test func aFileOfOnesOwnIsNamedBeforeItWouldBeLost() throws {
        let old = try pack([("a", "1", ["x/f", "y"])])
        let environment = try old.unpack()
        try old.directory.write("out/env/x/mine", "mine")
        let new = try pack([("a", "2", ["x", "z"])])
        #expect { try update(environment, from: new) } throws: {
            "\($0)".contains("'x/mine' would be lost: part of no package, and in the folder 'x', which is to")
        }
        #expect(try environment.list(".") == ["CACHEDIR.TAG", "conda-meta", "x", "y"])
        #expect(try environment.list("x") == ["f", "mine"] && environment.text("y") == "a 1")
    }

    @Test func aListOfFilesThatIsNotOurOwnSteersNothing() throws {
        let old = try pack([("a", "1", ["f"])])
        let environment = try old.unpack()
        try old.directory.write("out/env/etc/mine", "mine")
        for name in [".pixi-pack-removing", ".pixi-pack-update"] {
            try old.directory.write("out/env/conda-meta/\(name)", "etc/mine")
        }
        _ = try update(environment, from: pack([("a", "2", ["g"])]))
        #expect(try environment.text("etc/mine") == "mine")
    }

    @Test func damagedFilesAreRepairedInPlace() throws {
        let pack = try pack([("a", "1", ["f", "g", "h"])])
        let environment = try pack.unpack()
        let untouched = try environment.status("h").st_ino
        try Sys.unlink(environment.path.appending(path: "f"))
        try pack.directory.write("out/env/g", "damaged")
        #expect(try pack.changes { $0.repairs = false }.isEmpty)
        #expect(try pack.changes { $0.repairs = true } == ["~ a 1 0: 2 files rewritten"])
        #expect(try environment.text("f") == "a 1" && environment.text("g") == "a 1")
        #expect(try environment.status("h").st_ino == untouched)
        try pack.directory.write("out/env/conda-meta/a-1-0.json", "{")
        #expect(try pack.changes { $0.repairs = true } == ["+ a 1 0"])
    }

    @Test func aWheelOfOneVersionWithOtherContentsIsReplaced() throws {
        func pack(_ text: String) throws -> PackUnderTest {
            let pack = try PackUnderTest()
            try pack.addPython()
            var wheel = WheelBuilder("w")
            wheel.add("w.py", text)
            try pack.directory.write("pack/pypi/\(wheel.fileName)", wheel.archive { _ in "" })
            return pack
        }
        let environment = try pack("one").unpack()
        #expect(try update(environment, from: pack("one")).isEmpty)
        #expect(try update(environment, from: pack("two")) == ["~ w 1.0 wheel → 1.0 wheel"])
        #expect(try environment.text("lib/python3.12/site-packages/w.py") == "two")
    }

    @Test func aFileMovesToAnotherPackage() throws {
        let environment = try pack([("a", "1", ["f"]), ("b", "1", ["g"])]).unpack()
        _ = try update(environment, from: pack([("b", "1", ["g"]), ("c", "1", ["f"])]))
        #expect(try environment.text("f") == "c 1")
    }

    @Test func winnersOfConflictsFollowThePack() throws {
        let environment = try pack([("a", "1", ["f"]), ("b", "1", ["f"])]).unpack()
        #expect(try environment.text("f") == "a 1")
        _ = try update(environment, from: pack([("b", "1", ["f"])]))
        #expect(try environment.text("f") == "b 1" && !environment.exists("__clobbers__"))
    }

    @Test func anInterruptedUpdateIsCompleted() throws {
        let environment = try pack([("a", "1", ["f", "gone"]), ("b", "1", ["g"])]).unpack()
        let broken = try pack([("a", "2", ["f", "more"])])
        var bad = CondaBuilder("z")
        bad.listed(#"{"_path": "missing", "path_type": "hardlink"}"#)
        try broken.add(bad)
        #expect { try update(environment, from: broken) } throws: {
            "\($0)".contains("could not update the environment") && "\($0)".contains("'missing' is listed")
        }
        #expect(try environment.exists("g"))
        // What an ended process may leave: the new record beside the old one.
        _ = try update(environment, from: pack([("a", "2", ["f", "more"])]))
        #expect(try environment.list(".") == ["CACHEDIR.TAG", "conda-meta", "f", "more"])
        #expect(try environment.list("conda-meta") == ["a-2-0.json", "history"])
    }

    @Test func byteCodeOfVanishedModulesGoesToo() throws {
        let environment = try pack([("a", "1", ["lib/m.py"])]).unpack()
        let folder = environment.path.appending(path: "lib/__pycache__")
        try Sys.mkdir(folder)
        try WholeFile.write([], to: folder.appending(path: "m.cpython-312.pyc"), umask: 0)
        _ = try update(environment, from: pack([]))
        #expect(try environment.list(".") == ["CACHEDIR.TAG", "conda-meta"])
    }

    @Test func emptyDirectoriesOfVanishedPackagesGoToo() throws {
        let old = try PackUnderTest()
        try old.addPython()
        var conda = CondaBuilder("a")
        conda.listed(#"{"_path": "share/none", "path_type": "directory"}"#)
        conda.payload.directory("share/none")
        conda.file("share/some/f", "")
        try old.add(conda)
        var wheel = WheelBuilder("w")
        wheel.add("w/m.py", "")
        wheel.add("w/empty/", "", mode: 0o40755)
        wheel.add("w/with/two/", "", mode: 0o40755)
        wheel.add("both/w.py", "")
        wheel.add("both/empty/", "", mode: 0o40755)
        try old.directory.write("pack/pypi/\(wheel.fileName)", wheel.archive { _ in "" })
        let environment = try old.unpack()
        let site = "lib/python3.12/site-packages"
        #expect(try environment.exists("\(site)/w/with/two") && environment.exists("share/none"))
        try old.directory.write("out/env/\(site)/both/mine/f", "mine")
        let new = try PackUnderTest()
        try new.addPython()
        _ = try update(environment, from: new)
        #expect(try environment.list(site) == ["both"])
        #expect(try environment.text("\(site)/both/mine/f") == "mine" && !environment.exists("share"))
    }

    @Test func aRecordThatCannotBeReadIsNamed() throws {
        let pack = try pack([("a", "1", ["f"])])
        let environment = try pack.unpack()
        try pack.directory.write("out/env/conda-meta/odd.json", "{}")
        #expect { try update(environment, from: pack) } throws: {
            "\($0)".contains("conda-meta/odd.json' is no record of a package")
        }
    }

    @Test func recordsOfCondaDo() throws {
        let pack = try pack([("a", "1", ["f"])])
        let environment = try pack.unpack()
        try Sys.unlink(environment.path.appending(path: "conda-meta/a-1-0.json"))
        try pack.directory.write(
            "out/env/conda-meta/old-3-h_1.json",
            #"{"name": "old", "version": "3", "build": "h_1", "md5": null, "files": ["f", "g"], "link": {}}"#)
        try pack.directory.write("out/env/g", "")
        #expect(try update(environment, from: pack) == ["+ a 1 0", "- old 3 h_1"])
        #expect(try environment.list(".") == ["CACHEDIR.TAG", "conda-meta", "f"])
    }

    @Test("post-link scripts find what conda gives them: variables, place, activated environment")
    func linkScriptsAsConda() throws {
        let pack = try PackUnderTest()
        var package = CondaBuilder("p", version: "1.2", build: "h1_0")
        package.file("bin/tool", Array("#!/bin/sh\necho tool\n".utf8), mode: 0o755)
        package.file("etc/conda/env_vars.d/p.json", Array(#"{"FROM_VARS": "a b"}"#.utf8))
        package.file("etc/conda/activate.d/p.sh", Array("export FROM_SCRIPT=1\n".utf8))
        let script = """
            {
              for v in PREFIX ROOT_PREFIX PKG_NAME PKG_VERSION PKG_BUILDNUM CONDA_PREFIX FROM_VARS FROM_SCRIPT; do
                eval "echo $v=\\$$v"
              done
              pwd; tool; echo "${BASH_VERSION:+bash}"
            } >"$PREFIX/seen"
            echo "first line" >>"$PREFIX/.messages.txt"
            return 0
            echo not reached >>"$PREFIX/seen"
            """
        package.file("bin/.p-post-link.sh", Array(script.utf8))
        try pack.add(package)
        let environment = try pack.unpack { $0.runsPostLink = true }
        let prefix = environment.path
        #expect(
            try environment.text("seen") == """
                PREFIX=\(prefix)
                ROOT_PREFIX=\(prefix)
                PKG_NAME=p
                PKG_VERSION=1.2
                PKG_BUILDNUM=0
                CONDA_PREFIX=\(prefix)
                FROM_VARS=a b
                FROM_SCRIPT=1
                \(prefix)/bin
                tool
                bash

                """)
        #expect(try !environment.exists(".messages.txt"))
        #expect(pack.messages.all.contains("The package p says:\n  | first line"))
    }

    @Test func linkScriptsRunOnDemand() throws {
        let pack = try PackUnderTest()
        var package = CondaBuilder("p", version: "1.2")
        package.file("bin/.p-post-link.sh", Array("echo $PKG_NAME $PKG_VERSION $PKG_BUILDNUM >$PREFIX/ran\n".utf8))
        try pack.add(package)
        #expect(try pack.unpack { $0.runsPostLink = true }.text("ran") == "p 1.2 0\n")
        var conda = CondaBuilder("c")
        conda.file("etc/conda/activate.d/c.sh", Array("export FROM_C=1\n".utf8))
        conda.file(
            "bin/.c-post-link.sh",
            Array(
                "echo \"$FROM_C $CONDA_PREFIX\" >\"$PREFIX/c\"; echo 'take care' >>\"$PREFIX/.messages.txt\"; return 0\n"
                    .utf8))
        try pack.add(conda)
        let environment = try pack.unpack { $0.runsPostLink = true }
        #expect(try environment.text("c") == "1 \(environment.path)\n")
        #expect(try !environment.exists(".messages.txt"))
        #expect(pack.messages.all.contains("The package c says:\n  | take care"))
        var failing = CondaBuilder("q")
        failing.file("bin/.q-post-link.sh", Array("echo from the script; exit 3\n".utf8))
        try pack.add(failing)
        #expect { try pack.unpack { $0.runsPostLink = true } } throws: {
            "\($0)".contains("the post-link script of package 'q' ended with exit code 3")
                && "\($0)".contains("from the script")
        }
    }
}

extension PackUnderTest {
    /// What unpacking changes, one line each.
    func changes(_ configure: (inout UnpackOptions) -> Void) throws -> [String] {
        try summary(configure).changes.changes.map(\.description)
    }
}
