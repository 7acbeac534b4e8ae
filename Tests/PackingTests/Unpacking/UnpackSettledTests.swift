import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// The same pack once more where nothing has changed: known without reading packages.
@Suite struct UnpackSettledTests {
    private let pack: PackUnderTest
    private let archive: String

    init() throws {
        pack = try PackUnderTest()
        var (first, second) = (CondaBuilder("a", version: "1"), CondaBuilder("b", version: "1"))
        first.file("share/both", "a")
        second.file("share/both", "b")
        try pack.add(first)
        try pack.add(second)
        archive = "pack/channel/\(PackUnderTest.subdir)/\(first.stem).conda"
    }

    /// Puts something of the same size in the place of a package: whoever reads it fails.
    private func makeUnreadable() throws {
        let count = try pack.directory.read(archive).count
        try pack.directory.write(archive, [UInt8](repeating: 0x20, count: count))
    }

    private func changes(_ configure: (inout UnpackOptions) -> Void = { _ in }) throws -> [String] {
        try pack.changes(configure)
    }

    @Test func nothingIsReadOfPackages() throws {
        let environment = try pack.unpack()
        let tree = try environment.text("conda-meta/history")
        try makeUnreadable()
        #expect(try changes() == [])
        #expect(try changes { $0.isDryRun = true } == [])
        #expect(try pack.summary { _ in }.changes.untouched == 2)
        #expect(try environment.text("conda-meta/history") == tree)
        #expect(try environment.exists("conda-meta/a-1-0.json"))
    }

    @Test func conflictsAreSaidAgain() throws {
        _ = try pack.unpack()
        let said = pack.messages.all.joined(separator: "\n")
        #expect(said.contains("1 path is in more than one package"))
        try makeUnreadable()
        let before = pack.messages.all.joined(separator: "\n").utf8.count
        #expect(try changes() == [])
        let again = String(decoding: pack.messages.all.joined(separator: "\n").utf8.dropFirst(before), as: UTF8.self)
        #expect(again.contains("1 path is in more than one package"))
        #expect(again.contains("'share/both' is that of "))
    }

    @Test func activationScriptsAreWrittenAgain() throws {
        let environment = try pack.unpack()
        let script = environment.path.parentPath.appending(path: "activate.sh")
        try Sys.unlink(script)
        try makeUnreadable()
        #expect(try pack.summary { _ in }.activationScripts == [script])
        #expect(try Sys.exists(script))
    }

    /// What makes the environment another one than was noted: all of it is compared, so that the package is read.
    @Test(arguments: ["record", "vanished", "other", "tag", "history", "moved", "index", "repair", "journal"])
    func whateverElseIsComparedInFull(_ what: String) throws {
        let environment = try pack.unpack()
        let record = environment.path.appending(path: "conda-meta/a-1-0.json")
        var repairs = false
        switch what {
        case "record":
            var text = try File.open(record).slice().readAll()
            text.append(UInt8(ascii: "\n"))
            try pack.directory.write("out/env/conda-meta/a-1-0.json", text)
        case "vanished": try Sys.unlink(record)
        case "other":
            let text = #"{"name": "mine", "version": "1", "build": "0", "files": []}"#
            try pack.directory.write("out/env/conda-meta/mine-1-0.json", text)
        case "tag": try Sys.unlink(environment.path.appending(path: "CACHEDIR.TAG"))
        case "history": try pack.directory.write("out/env/conda-meta/history", "")
        case "moved":
            try Sys.rename(environment.path, to: environment.path.parentPath.appending(path: "other"))
        case "index": pack.manifest = #"{"version": "1", "platform": "noarch"}"#
        case "journal": try pack.directory.write("out/env/conda-meta/.pixi-pack-update", "x")
        default: repairs = true
        }
        if what == "index" {
            // Another hash for the package: that is no longer the one that is there.
            pack.manifest = #"{"version": "1", "platform": "\#(PackUnderTest.subdir)"}"#
            var other = CondaBuilder("c", version: "1")
            other.file("c", "c")
            try pack.add(other)
        }
        try makeUnreadable()
        #expect {
            _ = try changes {
                $0.repairs = repairs
                if what == "moved" { $0.environmentName = "other" }
            }
        } throws: {
            "\($0)".contains("a-1-0.conda")
        }
    }

    @Test func aRecordThatWasPutBackIsInOrder() throws {
        let environment = try pack.unpack()
        let text = try environment.text("conda-meta/a-1-0.json")
        try pack.directory.write("out/env/conda-meta/a-1-0.json", "{}")
        try pack.directory.write("out/env/conda-meta/a-1-0.json", text)
        try makeUnreadable()
        #expect(try changes() == [])
    }

    /// An environment of which nothing is noted, an earlier version's, is noted by the next run.
    @Test func whatWasComparedIsNoted() throws {
        let environment = try pack.unpack()
        try pack.directory.write("out/env/conda-meta/history", "")
        #expect(try changes() == [])
        #expect(try environment.text("conda-meta/history").contains("\"plan\""))
        try makeUnreadable()
        #expect(try changes() == [])
    }

    @Test func packagesWithoutHashAreCompared() throws {
        var third = CondaBuilder("c", version: "1")
        third.file("c", "c")
        try pack.add(third, record: ["sha256": nil, "size": nil])
        let environment = try pack.unpack()
        #expect(try !environment.text("conda-meta/history").contains("\"plan\""))
        #expect(try changes() == [])
    }
}
