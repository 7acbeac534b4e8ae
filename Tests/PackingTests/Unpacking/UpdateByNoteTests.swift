import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// Another pack where our note tells that only some packages differ: nothing is read of those that stay.
@Suite struct UpdateByNoteTests {
    /// A pack with some packages, one of which stays: its archive cannot be read, and whoever needs it fails.
    private struct Pack {
        let under: PackUnderTest
        private var stays: [String] = []

        init() throws { under = try PackUnderTest() }

        mutating func add(
            _ name: String, version: String = "1", stays: Bool = false,
            record: KeyValuePairs<String, String?> = [:], _ fill: (inout CondaBuilder) -> Void
        ) throws {
            var package = CondaBuilder(name, version: version)
            fill(&package)
            try under.add(package, record: record)
            if stays { self.stays.append("pack/channel/\(PackUnderTest.subdir)/\(package.stem).conda") }
        }

        func update(_ environment: Environment) throws -> [String] {
            for archive in stays {
                let count = try under.directory.read(archive).count
                try under.directory.write(archive, [UInt8](repeating: 0x20, count: count))
            }
            return try under.changes { $0.outputDirectory = environment.path.parentPath }
        }

        /// Whether the packages that stay are needed for the update.
        func needsAll(_ environment: Environment) throws -> Bool {
            do {
                _ = try update(environment)
                return false
            } catch let error as Failure {
                return stays.contains { "\(error)".contains($0.split(separator: "/").last ?? "") }
            }
        }
    }

    private static func staying(_ package: inout CondaBuilder) {
        package.file("share/stays/file", "stays")
        package.file("lib/one/stays", "stays")
        package.symlink("lib/link", to: "one")
        package.payload.directory("share/empty")
        package.listed(#"{"_path": "share/empty", "path_type": "directory"}"#)
        package.file("lib/m/__pycache__/other.cpython-312.pyc", "of a package")
    }

    /// An environment with a package that stays, and another one with these files.
    private func environment(_ files: [String]) throws -> Environment {
        var pack = try Pack()
        try pack.add("stays", Self.staying)
        try pack.add("other") { package in for file in files { package.file(file, "\(file) 1") } }
        return try pack.under.unpack()
    }

    private func next(_ files: [String], version: String? = "2") throws -> Pack {
        var pack = try Pack()
        try pack.add("stays", stays: true, Self.staying)
        if let version {
            try pack.add("other", version: version) { package in
                for file in files { package.file(file, "\(file) \(version)") }
            }
        }
        return pack
    }

    @Test func packagesAreReplacedAddedAndRemoved() throws {
        let environment = try environment(["share/other/a", "share/other/gone/b", "lib/one/other", "share/empty/c"])
        let untouched = try environment.status("share/stays/file").st_ino
        var pack = try next(["share/other/a", "share/new", "lib/one/another"])
        try pack.add("more") { $0.file("bin/more", "more") }
        #expect(try pack.update(environment) == ["+ more 1 0", "~ other 1 0 → 2 0"])
        #expect(try environment.text("share/other/a") == "share/other/a 2")
        #expect(try environment.exists("bin/more") && environment.exists("lib/one/another"))
        #expect(try !environment.exists("share/other/gone") && !environment.exists("lib/one/other"))
        // A folder of a package that stays is kept, even if nothing is in it.
        #expect(try environment.list("share/empty") == [])
        #expect(try environment.status("share/stays/file").st_ino == untouched)
        #expect(try environment.list("conda-meta") == ["history", "more-1-0.json", "other-2-0.json", "stays-1-0.json"])
        #expect(try environment.text("conda-meta/history").contains("-\(PackUnderTest.subdir)::other-1-0") == false)
        #expect(try pack.update(environment) == [])
        #expect(try next([], version: nil).update(environment) == ["- more 1 0", "- other 2 0"])
        #expect(try !environment.exists("share/other") && !environment.exists("bin"))
        #expect(try environment.exists("share/stays/file") && environment.exists("lib/link"))
    }

    @Test func theNoteIsThatOfAFreshEnvironment() throws {
        let environment = try environment(["share/a", "share/b"])
        let pack = try next(["share/a", "share/b", "share/c"])
        let fresh = try pack.under.unpack { $0.outputDirectory = pack.under.directory("fresh") }
        let place = environment.path.parentPath
        #expect(try pack.update(environment) == ["~ other 1 0 → 2 0"])
        func note(_ environment: Environment) throws -> [String] {
            let line = try environment.text("conda-meta/history").split(separator: "\n")[1].dropFirst(
                "// pixi-pack: ".utf8.count)
            let plan = try JSONDocument(Array(line.utf8)).root["plan"]
            return [plan?["paths"]?.rawText, plan?["frame"]?.rawText].compactMap { $0 }
        }
        #expect(place != fresh.path.parentPath)
        #expect(try note(environment)[0] == note(fresh)[0])
        #expect(try note(environment)[0] == "8")
    }

    /// What a pack says of its contents is noted, too.
    @Test func packsThatListTheirFilesAreNoted() throws {
        let environment = try environment(["share/a"])
        func contents() throws -> String? {
            let line = try environment.text("conda-meta/history").split(separator: "\n")[1].dropFirst(
                "// pixi-pack: ".utf8.count)
            return try JSONDocument(Array(line.utf8)).root["contents"]?.string
        }
        let pack = try next(["share/b"])
        try pack.under.list([:], requested: "[]")
        #expect(try contents() == nil)
        #expect(try pack.update(environment) == ["~ other 1 0 → 2 0"])
        let noted = try contents()
        #expect(noted != nil)
        #expect(try pack.update(environment) == [])
        let other = try next(["share/b"])
        try other.under.list([:], requested: "[\"other\"]")
        #expect(try other.update(environment) == [])
        #expect(try contents() != nil && contents() != noted)
    }

    @Test func aDryRunSaysTheSame() throws {
        let environment = try environment(["share/a"])
        let pack = try next(["share/b"])
        let changes = try pack.under.changes {
            $0.outputDirectory = environment.path.parentPath
            $0.isDryRun = true
        }
        #expect(changes == ["~ other 1 0 → 2 0"])
        #expect(try environment.exists("share/a") && !environment.exists("share/b"))
    }

    @Test func byteCodeOfReplacedModulesGoes() throws {
        let environment = try environment(["lib/m/mine.py", "lib/m/other.py"])
        for name in ["mine", "mine.cpython-312", "user"] {
            let cache = environment.path.appending(path: "lib/m/__pycache__")
            if try !Sys.exists(cache) { try Sys.mkdir(cache) }
            try WholeFile.write(Array("x".utf8), to: cache.appending(path: ByteString("\(name).pyc")), umask: 0o022)
        }
        #expect(try next(["lib/m/other.py"]).update(environment) == ["~ other 1 0 → 2 0"])
        // What a package brings stays, though it is called like the byte code of a module that was replaced.
        #expect(try environment.list("lib/m/__pycache__") == ["other.cpython-312.pyc", "user.pyc"])
    }

    /// Where packages may be in each other's way, all of them decide.
    @Test(arguments: [
        // A file of both; a file where the other has a folder; a file below a file, and below a link.
        "share/stays/file", "share/stays", "lib/one/stays/below", "lib/link/below", "share/empty",
    ])
    func whatMayCollideIsComparedInFull(_ path: String) throws {
        let environment = try environment(["share/a"])
        #expect(try next(["share/a", path]).needsAll(environment), "\(path)")
    }

    @Test(arguments: ["record", "more", "index", "history", "journal", "tag", "python", "entry"])
    func whatTheNoteDoesNotTellIsComparedInFull(_ what: String) throws {
        let environment = try environment(["share/a"])
        var pack = try Pack()
        try pack.add("stays", stays: true, record: what == "index" ? ["license": "\"MIT\""] : [:], Self.staying)
        try pack.add("other", version: "2") { $0.file("share/b", "b") }
        let folder = environment.path.appending(path: "conda-meta")
        func write(_ name: String, _ text: [UInt8]) throws {
            try WholeFile.write(text, to: folder.appending(path: ByteString(name)), umask: 0o022)
        }
        switch what {
        case "record": try write("stays-1-0.json", environment.bytes("conda-meta/stays-1-0.json") + [0x0A])
        case "more":
            try write("mine-1-0.json", Array(#"{"name": "mine", "version": "1", "build": "0", "files": []}"#.utf8))
        case "history": try write("history", [])
        case "journal": try write(".pixi-pack-update", [0x78])
        case "tag": try Sys.unlink(environment.path.appending(path: "CACHEDIR.TAG"))
        case "python": try pack.under.addPython()
        case "entry":
            let text = try environment.text("conda-meta/history")
            let changed = ByteSearch.replacing(
                Array(#""paths": 6"#.utf8), with: Array(#""paths": 7"#.utf8), in: Array(text.utf8))
            #expect(changed != Array(text.utf8))
            try write("history", changed)
        default: break
        }
        #expect(try pack.needsAll(environment), "\(what)")
    }

    /// The packages of an environment are in each other's way: which has a path is decided anew.
    @Test func conflictsAreComparedInFull() throws {
        var old = try Pack()
        try old.add("stays", Self.staying)
        try old.add("other") { $0.file("share/stays/file", "other") }
        let environment = try old.under.unpack()
        #expect(try !environment.text("conda-meta/history").contains("\"paths\""))
        #expect(try next(["share/b"]).needsAll(environment))
    }

    /// Where the files of the package that stays go depends on a link of the other one.
    @Test func linksThatOthersFollowAreComparedInFull() throws {
        func pack(_ version: String, links: Bool) throws -> Pack {
            var pack = try Pack()
            try pack.add("stays", stays: true) { $0.file("share/link/file", "stays") }
            try pack.add("other", version: version) { package in
                package.file("lib/other", version)
                if links { package.symlink("share/link", to: "../lib") }
            }
            return pack
        }
        let environment = try pack("1", links: true).under.unpack()
        #expect(try environment.exists("lib/file"))
        #expect(try pack("2", links: false).needsAll(environment))
        _ = try pack("2", links: false).under.changes { $0.outputDirectory = environment.path.parentPath }
        #expect(try !environment.exists("lib/file") && environment.text("share/link/file") == "stays")
    }

    @Test func wheelsThatStayAreNotRead() throws {
        func pack(_ version: String, _ file: String) throws -> PackUnderTest {
            let pack = try PackUnderTest()
            try pack.addPython()
            var package = CondaBuilder("other", version: version)
            package.file(file, version)
            try pack.add(package)
            var wheel = WheelBuilder("w", "1.0")
            wheel.add("w/__init__.py", "")
            try pack.directory.write("pack/pypi/\(wheel.fileName)", wheel.archive { _ in "" })
            return pack
        }
        let environment = try pack("1", "share/a").unpack()
        let messages = Messages()
        func update(_ pack: PackUnderTest) throws -> [String] {
            try pack.writeIndexes()
            var options = UnpackOptions()
            options.outputDirectory = environment.path.parentPath
            options.umask = 0o022
            let summary = try Unpacker(options, reporter: messages).unpack(.path(pack.directory("pack")))
            return summary.changes.changes.map { "\($0)" }
        }
        #expect(try update(pack("2", "share/b")) == ["~ other 1 0 → 2 0"])
        #expect(messages.all.contains { $0.hasPrefix("By our note") })
        #expect(try environment.exists("lib/python3.12/site-packages/w/__init__.py"))
        let count = messages.all.count
        // A path of the wheel.
        _ = try update(pack("3", "lib/python3.12/site-packages/w/__init__.py"))
        #expect(!messages.all.dropFirst(count).contains { $0.hasPrefix("By our note") })
    }
}
