import CondaModel
import Install
import LibC
import Support
import TestKit
import Testing

@testable import Packing

/// Which places an environment may have, and whose it may be.
@Suite struct UnpackPlaceTests {
    let pack: PackUnderTest

    init() throws {
        pack = try PackUnderTest()
        var package = CondaBuilder("p")
        package.file("bin/s", "P/x", placeholder: "P")
        try pack.add(package)
    }

    @Test("names that leave the output directory are refused", arguments: ["..", "../up", "a/../b", "/abs", "a/.."])
    func names(_ name: String) throws {
        #expect(try pack.failure { $0.environmentName = ByteString(name) }.contains("the name of the environment"))
    }

    @Test("neither links nor dots reach the environment")
    func dots() throws {
        try Sys.mkdir(pack.directory("real"))
        try Sys.mkdir(pack.directory("real/sub"))
        try Sys.symlink("real/sub", at: pack.directory("link"))
        let environment = try pack.unpack { $0.outputDirectory = pack.directory("link/../new/../out") }
        let place = try Sys.realPath(pack.directory("real/out/env"))
        #expect(environment.path == place)
        #expect(try environment.text("bin/s") == "\(place)/x")
        let record = try environment.text("conda-meta/p-1.0-0.json")
        #expect(!record.contains("..") && !record.contains("/link"))
        #expect(try pack.directory.read("real/out/activate.sh").starts(with: "export PATH=\"\(place)/bin".utf8))
    }

    @Test("the current folder, one above it, home, what holds the pack: whatever is there", arguments: [true, false])
    func heldPlaces(_ force: Bool) throws {
        let current = try Sys.currentDirectory()
        var places = [current, current.parentPath, "/", pack.directory("pack"), pack.directory.path]
        if let home = environmentValue("HOME"), home.hasPrefix("/"), try Sys.exists(home) { places.append(home) }
        for place in places where !place.isEmpty {
            for (output, name) in [(place, "."), (place.parentPath, place.lastPathComponent)] {
                #expect {
                    try pack.unpack {
                        $0.outputDirectory = output
                        $0.environmentName = name
                        $0.force = force
                    }
                } throws: {
                    "\($0)".contains("the environment cannot be at '")
                }
            }
        }
        #expect(try Sys.exists(pack.directory("pack/pixi-pack.json")))
    }

    @Test("an environment of another user is not gone on with", .enabled(if: OtherUser.canOwn, "needs root"))
    func ofAnother() throws {
        let environment = try pack.unpack()
        try OtherUser.give(environment.path)
        #expect { try pack.unpack() } throws: {
            "\($0)".contains("belongs to") && ($0 as? Failure)?.innermostRemedy?.contains("--trust-owner") == true
        }
        #expect(try pack.changes { $0.trustsOwner = true }.isEmpty)
        // Replacing is no going on.
        #expect(try pack.unpack { $0.force = true }.status(".").st_uid == geteuid())
        try OtherUser.give(environment.path.appending(path: "conda-meta"))
        #expect { try pack.unpack() } throws: { "\($0)".contains("belongs to") }
    }

    @Test("files of packages, records and entry points keep no one from what the umask permits, and permit no more")
    func modes() throws {
        var package = CondaBuilder("n", noarch: "python")
        for (name, mode) in [("all", 0o666), ("tool", 0o777), ("mine", 0o600), ("read", 0o444)] as [(String, UInt32)] {
            package.file("share/\(name)", [1], mode: mode)
        }
        package.file("share/adapted", "P", mode: 0o666, placeholder: "P")
        package.info.file(
            "info/link.json",
            #"{"noarch": {"type": "python", "entry_points": ["n = n:m"]}, "package_metadata_version": 1}"#)
        try pack.add(package)
        try pack.addPython()
        let environment = try pack.unpack { $0.umask = 0o022 }
        func modes(_ environment: Environment) throws -> [UInt32] {
            try ["all", "tool", "mine", "read", "adapted"].map { try environment.mode("share/\($0)") }
                + ["bin/n", "conda-meta/n-1.0-0.json", "conda-meta/history"].map { try environment.mode($0) }
        }
        #expect(try modes(environment) == [0o644, 0o755, 0o600, 0o444, 0o644, 0o755, 0o644, 0o644])
        let group = try pack.unpack {
            $0.umask = 0o002
            $0.force = true
        }
        #expect(try modes(group) == [0o664, 0o775, 0o600, 0o444, 0o664, 0o775, 0o664, 0o664])
    }

    @Test("a failure leaves nothing where paths are longer than the system takes")
    func longPaths() throws {
        var package = CondaBuilder("long")
        let folders = (0..<19).map { _ in String(repeating: "n", count: 200) }.joined(separator: "/")
        package.file("share/\(folders)/file", "x")
        package.listed(#"{"_path": "missing", "path_type": "hardlink"}"#)
        try pack.add(package)
        #expect(
            try pack.failure { $0.outputDirectory = pack.directory("out/" + String(repeating: "o", count: 200)) }
                .contains("'missing' is listed"))
    }
}
