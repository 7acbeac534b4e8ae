import CondaModel
import Fetch
import Packing
import Support
import TestKit
import Testing

@testable import Lockfile

/// A directory with programs written in sh, to be found before the system's.
struct StandIns {
    let directory: TemporaryDirectory
    var searchPath: ByteString { directory("bin") + ":" + (environmentValue("PATH") ?? "/usr/bin:/bin") }
    /// Without the system's programs, apart from what the stand-ins themselves name by path.
    var ownPathOnly: ByteString { directory("bin") }

    func add(_ name: String, _ script: String) throws {
        let path = try directory.write("bin/\(name)", "#!/bin/sh\nset -e\n\(script)\n")
        let descriptor = try Sys.open(path, 0)
        try Sys.chmod(descriptor, mode: 0o755)
        try Sys.close(descriptor)
    }
}

@Suite("Conda source packages [lock 4.7]") struct SourcePackageBuilderTests {
    let directory: TemporaryDirectory
    let standIns: StandIns
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        standIns = StandIns(directory: directory)
        try directory.write("ws/pkg/pixi.toml", "")
        try directory.write(
            "made/mine-1.2-h1_0.conda", makePackage("mine", "1.2", build: "h1_0").conda(generated: false))
        try directory.write("made/other-1-0.conda", makePackage("other", "1").conda(generated: false))
        try directory.write(
            "made/mine-1.2-0.conda", makePackage("mine", "1.2", subdir: "osx-64").conda(generated: false))
    }

    private func builder() -> SourcePackageBuilder {
        var builder = SourcePackageBuilder(
            baseDirectory: directory("ws"), platform: .linux64, reporter: reporter)
        builder.searchPath = standIns.searchPath
        return builder
    }

    private func source(_ location: String = "pkg", version: String? = nil, subdir: String? = nil) throws
        -> LockedSource
    {
        var source = LockedSource(name: "mine", location: try PackageLocation(parsing: ByteString(location)))
        source.version = version
        source.subdir = subdir
        return source
    }

    /// A pixi that writes down its arguments and copies files to where they are wanted.
    private func pixi(_ files: String...) throws {
        let copies = files.map { "cp '\(directory.path)/made/\($0)' \"$3/\"" }.joined(separator: "\n")
        try standIns.add("pixi", "printf '%s\\n' \"$@\" > '\(directory.path)/arguments'\n\(copies)")
    }

    @Test func buildsAndChecks() throws {
        try pixi("mine-1.2-h1_0.conda")
        let built = try builder().build(source(version: "1.2.0", subdir: "noarch"))
        #expect(built.package.fileName == "mine-1.2-h1_0.conda")
        #expect(built.package.record.build == "h1_0")
        let arguments = String(decoding: try directory.read("arguments"), as: UTF8.self).split(separator: "\n")
        #expect(arguments[0] == "publish")
        #expect(arguments[1] == "--target-dir")
        #expect(arguments[3...].elementsEqual(["--target-platform", "linux-64", "--path", arguments[6]]))
        #expect(arguments[6].hasSuffix("/ws/pkg/pixi.toml"))
        #expect(
            built.note.command
                == "pixi publish --target-dir TMP/built --target-platform linux-64 --path SOURCE/pixi.toml")
        #expect(built.note.sha256 == built.package.record.sha256?.hex)
        #expect(reporter.messages == ["note: 🛠️ Building mine from pkg"])
        // The file is open: its directory is gone already.
        #expect(try !Sys.exists(built.package.path))
        #expect(try built.package.file.sha256() == built.package.record.sha256)
    }

    @Test("what needs other source packages is published with its workspace, else built") func needsOthers() throws {
        // Refuses as pixi 0.75 does, and notes where it was called.
        try standIns.add(
            "pixi",
            """
            printf '%s\\n' "$@" > '\(directory.path)/arguments'; pwd > '\(directory.path)/cwd'
            case "$*" in publish*--path*)
              echo "package 'mine' has source run dependencies (other) and cannot be published on its own" >&2; exit 1;;
            esac
            cp '\(directory.path)/made/other-1-0.conda' '\(directory.path)/made/mine-1.2-h1_0.conda' "$3/"
            """)
        func arguments() throws -> String {
            String(decoding: try directory.read("arguments"), as: UTF8.self).split(separator: "\n").enumerated()
                .map { $0 == 2 ? "T" : String($1.split(separator: "/").last ?? "") }.joined(separator: " ")
        }
        for needsOthers in [true, false] {
            try directory.write("ws/pkg/pixi.toml", "")
            _ = try builder().build(source(), needsOthers: needsOthers)
            #expect(try arguments() == "build --output-dir T --target-platform linux-64 --path pixi.toml")
            try directory.write("ws/pkg/pixi.toml", "[package]\nname = 'mine'\npublish = true\n")
            let built = try builder().build(source(), needsOthers: needsOthers)
            #expect(built.package.record.name == "mine")
            #expect(try arguments() == "publish --target-dir T --target-platform linux-64")
            #expect(String(decoding: try directory.read("cwd"), as: UTF8.self).hasSuffix("/ws/pkg\n"))
        }
        try standIns.add("pixi", "echo 'not a self-contained set' >&2; exit 1")
        let text = errorText { _ = try builder().build(source(), needsOthers: true) }
        #expect(text.contains("not a self-contained set | Set publish = true in [package] of it"))
    }

    @Test("of several builds the locked one is taken; recipes are manifests, too") func variants() throws {
        try directory.write("made/mine-1.2-a_0.conda", makePackage("mine", "1.2", build: "a_0").conda(generated: false))
        try pixi("mine-1.2-a_0.conda", "mine-1.2-h1_0.conda")
        try directory.write("ws/recipe/recipe.yaml", "")
        var locked = try source("recipe")
        locked.build = "h1_0"
        #expect(try builder().build(locked).package.record.build == "h1_0")
        #expect(String(decoding: try directory.read("arguments"), as: UTF8.self).hasSuffix("/ws/recipe/recipe.yaml\n"))
    }

    @Test func failureShowsOutput() throws {
        try standIns.add("pixi", "echo 'no recipe' >&2; exit 4")
        let text = errorText { _ = try builder().build(source()) }
        #expect(text.hasPrefix("Failed to publish package in \(directory("ws/pkg")): 'pixi publish --target-dir "))
        #expect(text.contains("ended with exit code 4:\n  | no recipe | "))
    }

    @Test func pixiAbsent() throws {
        var builder = builder()
        builder.searchPath = standIns.ownPathOnly
        let text = errorText { _ = try builder.build(source()) }
        #expect(text.contains("the program 'pixi' is not in PATH: No such file or directory (os error 2)"))
        #expect(text.hasSuffix("build the package elsewhere and give it with --inject FILE.conda."))
    }

    @Test func noManifest() throws {
        try pixi()
        let text = errorText { _ = try builder().build(source("nowhere")) }
        #expect(
            text.hasPrefix("Cannot find manifest file \(directory("ws/nowhere/pixi.toml")): ")
                && text.contains("No such file or directory"))
    }

    @Test func pyprojectIsAManifestToo() throws {
        try pixi("mine-1.2-h1_0.conda")
        try directory.write("ws/py/pyproject.toml", "")
        _ = try builder().build(source("py"))
        #expect(String(decoding: try directory.read("arguments"), as: UTF8.self).hasSuffix("/ws/py/pyproject.toml\n"))
    }

    @Test func whatCameOutIsJudged() throws {
        try pixi()
        #expect(errorText { _ = try builder().build(source()) }.contains("Build directory is empty"))
        try pixi("other-1-0.conda")
        #expect(
            errorText { _ = try builder().build(source()) }.contains("Expected built package to start with mine, got: ")
        )
        try standIns.add("pixi", "touch \"$3/log.txt\"")
        #expect(
            errorText { _ = try builder().build(source()) }.contains(
                "Expected built package to be a .conda file, got: "))
        try pixi("mine-1.2-h1_0.conda", "other-1-0.conda")
        #expect(try builder().build(source()).package.record.name == "mine")
        #expect(
            errorText { _ = try builder().build(source(version: "1.3")) }
                .contains("the built package mine has the version '1.2', the lock file says '1.3'"))
        try pixi("mine-1.2-0.conda")
        #expect(
            errorText { _ = try builder().build(source()) }
                .contains("has the subdir 'osx-64', the lock file says 'linux-64' or 'noarch'"))
    }

    @Test("a URL that is not of git [lock 41]")
    func urls() throws {
        let text = errorText { _ = try builder().build(source("https://user:secret@h.org/x.html")) }
        #expect(text.hasPrefix("Unexpected URL for local package source: https://"))
        #expect(!text.contains("secret"))
    }

    @Test("an archive on the network is fetched, verified and unpacked", arguments: ["tar.gz", "zip"])
    func archives(kind: String) throws {
        try pixi("mine-1.2-h1_0.conda")
        try directory.write("src/top/sub/pixi.toml", "")
        let archive = directory("a-1.0.\(kind)")
        let pack =
            kind == "zip"
            ? "import shutil, sys; shutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2])"
            : "import sys, tarfile; tarfile.open(sys.argv[1], 'w:gz').add(sys.argv[2] + '/top', 'top')"
        guard let python = ChildProcess.find("python3"), kind != "zip" || ChildProcess.find("unzip") != nil else {
            return
        }
        let made = try ChildProcess.run([python, "-c", pack, archive.lossyString, directory("src").lossyString])
        try #require(made.status == 0, "\(made.errors)")
        var maker = builder()
        maker.fetcher = try Fetcher(settings: FetchSettings())
        let settled = maker
        let local = try source("\(archive)")
        #expect(errorText { _ = try settled.build(local) }.contains("Cannot find manifest file"))
        func package(_ subdirectory: String, _ sha256: SHA256Digest?) throws -> LockedSource {
            var source = try source()
            source.location = .url(try WebURL("file://\(archive)"))
            source.subdirectory = subdirectory
            source.sha256 = sha256
            return source
        }
        let hash = try File.open(archive).slice().sha256()
        #expect(try settled.build(package("sub", hash)).package.record.name == "mine")
        let arguments = String(decoding: try directory.read("arguments"), as: UTF8.self)
        #expect(arguments.contains("/source/top/sub/pixi.toml"))
        #expect(errorText { _ = try settled.build(package("sub", .zero)) }.contains("checksum mismatch"))
        #expect(errorText { _ = try settled.build(package("../x", nil)) }.contains("it contains '..'"))
    }

    @Test func gitSources() throws {
        try pixi("mine-1.2-h1_0.conda")
        try standIns.add(
            "git",
            """
            printf '%s ' "$@" >> '\(directory.path)/git'; echo >> '\(directory.path)/git'
            if [ "$1" = clone ]; then mkdir -p "$6/sub"; touch "$6/sub/pixi.toml"; fi
            """)
        _ = try builder().build(source("git+https://h.org/r.git?subdirectory=sub&rev=v1#abc123"))
        let lines = String(decoding: try directory.read("git"), as: UTF8.self).split(separator: "\n")
        #expect(lines[0].hasPrefix("clone --quiet --no-checkout -- https://h.org/r.git "))
        #expect(lines[1] == "checkout --quiet --detach abc123 ")
        try directory.write("git", "")
        _ = errorText { _ = try builder().build(source("git+https://h.org/r.git@v2")) }
        #expect(String(decoding: try directory.read("git"), as: UTF8.self).contains("checkout --quiet --detach v2 "))
        #expect(
            errorText { _ = try builder().build(source("git+https://h.org/r.git?rev=--upload-pack%3Dx")) }
                .contains("unsafe revision"))
        #expect(
            errorText { _ = try builder().build(source("git+https://h.org/r.git?subdirectory=..%2Fx#abc")) }
                .contains("it contains '..'"))
    }
}
