import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// Spec install §8.1, the pack and its index; §8.3 case 75.
@Suite struct UnpackPackTests {
    let pack: PackUnderTest
    let package: CondaBuilder

    init() throws {
        pack = try PackUnderTest()
        var package = CondaBuilder("p")
        package.file("share/p", "content")
        self.package = package
    }

    @Test("install §8 case 1: a number as version is an error, nothing is created")
    func case1() throws {
        pack.manifest = #"{"version": 1, "platform": "linux-64"}"#
        #expect(try pack.failure().contains("no `version` that is a string"))
    }

    @Test("install §8 case 2: another version is refused before the platform is looked at")
    func case2() throws {
        pack.manifest = #"{"version": "2", "platform": "win-64"}"#
        #expect(try pack.failure().contains("unsupported version '2'"))
    }

    @Test("install §8 case 3: another platform is refused")
    func case3() throws {
        pack.manifest = #"{"version": "1", "platform": "win-64"}"#
        #expect(try pack.failure().contains("made for the platform 'win-64', this is"))
    }

    @Test("install §8 case 4: pixi-pack-version may be missing")
    func case4() throws {
        pack.manifest = #"{"version": "1", "platform": "\#(Platform.current.rawValue)", "more": []}"#
        try pack.add(package)
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("install §8 case 5: a folder of the channel without repodata.json is an error")
    func case5() throws {
        try pack.add(package)
        try pack.directory.write("pack/channel/noarch/x", "")
        #expect(try pack.failure().contains("'channel/noarch' in the pack has no repodata.json"))
    }

    @Test("install §8 case 6: a plain file beside the folders of the channel is ignored")
    func case6() throws {
        try pack.add(package)
        try pack.directory.write("pack/channel/readme", "")
        #expect(try pack.unpack().exists("share/p"))
    }

    @Test("install §8 case 7: a .tar.bz2 under packages.conda is installed")
    func case7() throws {
        try pack.add(package, .tarBz2)
        #expect(try pack.unpack().record("p-1.0-0")["fn"]?.string == "p-1.0-0.tar.bz2")
    }

    @Test("install §8 case 8: the record's subdir says where the archive is")
    func case8() throws {
        try pack.add(package, subdir: "noarch", folder: "elsewhere", record: ["subdir": #""elsewhere""#])
        try pack.directory.write("pack/channel/elsewhere/repodata.json", "{}")
        #expect(try pack.unpack().exists("share/p"))
    }

    @Test("install §8 case 9: a missing archive is a clean error")
    func case9() throws {
        try pack.add(package, folder: "elsewhere")
        try pack.directory.write("pack/channel/elsewhere/repodata.json", "{}")
        #expect(try pack.failure().contains("although its index lists it"))
    }

    @Test(
        "install §8 case 10: a wrong hash or size is refused, and installed on demand",
        arguments: [
            ("sha256", "\"\(String(repeating: "0", count: 64))\"", "SHA-256"), ("size", "1", "size"),
            ("md5", "\"\(String(repeating: "0", count: 32))\"", "MD5"),
        ])
    func case10(_ key: String, _ value: String, _ what: String) throws {
        try pack.add(package, record: key == "md5" ? ["sha256": nil, key: value] : [key: value])
        let message = try pack.failure()
        #expect(message.contains("package 'p-1.0-0.conda' in the pack is damaged: its \(what) is"))
        #expect(try pack.unpack { $0.verifiesPackages = false }.exists("share/p"))
    }

    @Test(
        "install §8 case 11: fields of a wrong type",
        arguments: [
            ("depends", "null"), ("build_number", "\"1\""), ("timestamp", "1.5"), ("track_features", "null"),
            ("sha256", "\"xyz\""),
        ])
    func case11(_ key: String, _ value: String) throws {
        try pack.add(package, record: [key: value])
        let message = try pack.failure()
        #expect(message.contains("p-1.0-0.conda") && message.contains(key))
    }

    @Test("install §8 case 12: noarch empty, false or null is no noarch", arguments: ["\"\"", "false", "null"])
    func case12(_ value: String) throws {
        try pack.add(package, record: ["noarch": value])
        #expect(try pack.unpack().record("p-1.0-0")["noarch"] == nil)
    }

    @Test("install §8 case 13: noarch true stays true")
    func case13() throws {
        try pack.add(package, record: ["noarch": "true"])
        #expect(try pack.unpack().record("p-1.0-0")["noarch"]?.bool == true)
    }

    @Test("install §8 case 14: capital letters in a name are refused")
    func case14() throws {
        try pack.add(CondaBuilder("Pkg"))
        #expect(try pack.failure().contains("'Pkg' in the pack has capital letters"))
    }

    @Test("install §8 case 15: a build that is no path component is refused")
    func case15() throws {
        try pack.add(package, record: ["build": "\"a/b\""])
        #expect(try pack.failure().contains("a/b"))
    }

    @Test(
        "install §8 case 75: the prefix",
        arguments: [
            ("out", "env", "/w/out/env"), ("./out/", "./env", "/w/out/env"), ("out", "../env", "/w/out/../env"),
            ("out", "env/", "/w/out/env/"), ("out", "", "/w/out/"), ("out", "/abs/e", "/abs/e"), (".", "env", "/w/env"),
            ("//x//y/", "e", "//x/y/e"), ("///x", "e", "/x/e"),
        ])
    func case75(_ output: String, _ name: String, _ expected: String) {
        let prefix = AbsolutePath.prefix(output: ByteString(output), name: ByteString(name), current: "/w")
        #expect(prefix == ByteString(expected))
    }

    @Test("install §8 case 75: environments at such places")
    func case75Made() throws {
        var package = package
        package.file("bin/s", "P/x", placeholder: "P")
        try pack.add(package)
        let out = pack.directory("out").lossyString
        #expect(try pack.unpack { $0.environmentName = "env/" }.text("bin/s") == "\(out)/env//x")
        #expect(try pack.unpack { $0.environmentName = "envs/default" }.text("bin/s") == "\(out)/envs/default/x")
        #expect(try Sys.exists(pack.directory("out/activate.sh")))
        #expect(
            try pack.unpack {
                $0.outputDirectory = pack.directory("self")
                $0.environmentName = ""
            }.list(".").contains("activate.sh"))
    }

    @Test("install §8 case 110: what is no environment is refused unless it may be replaced, and then as a whole")
    func case110() throws {
        try pack.add(package)
        try pack.directory.write("out/env/mine", "mine")
        #expect { try pack.unpack() } throws: {
            "\($0)".contains("already exists") && ($0 as? Failure)?.innermostRemedy?.contains("--force") == true
        }
        #expect(try pack.directory.read("out/env/mine") == Array("mine".utf8))
        #expect { try pack.unpack { $0.force = true } } throws: {
            "\($0)".contains("already exists and is not empty, and no environment")
                && ($0 as? Failure)?.innermostRemedy?.contains("rm -r \(pack.directory("out/env"))") == true
        }
        #expect(try pack.directory.read("out/env/mine") == Array("mine".utf8))
        try pack.directory.write("out/env/conda-meta/history", "")
        let environment = try pack.unpack { $0.force = true }
        #expect(try !environment.exists("mine") && environment.exists("share/p"))
        #expect(try Sys.list(pack.directory("out")).count == 2)
    }

    @Test func aFailureKeepsWhatWasReplaced() throws {
        try pack.add(package)
        let environment = try pack.unpack()
        var broken = CondaBuilder("q")
        broken.listed(#"{"_path": "share/gone", "path_type": "hardlink"}"#)
        try pack.add(broken)
        #expect { try pack.unpack { $0.force = true } } throws: {
            "\($0)".contains("'share/gone' is listed but not in")
        }
        #expect(try environment.text("share/p") == "content")
        #expect(try Sys.list(pack.directory("out")).count == 2)
    }

    @Test func anEmptyFolderIsTaken() throws {
        try pack.add(package)
        try Sys.mkdir(pack.directory("out"))
        try Sys.mkdir(pack.directory("out/env"))
        #expect(try pack.unpack().exists("share/p"))
    }

    @Test func theSameForAnyNumberOfWorkers() throws {
        for index in 0..<20 {
            var package = CondaBuilder("n\(index)")
            package.file("share/common", "\(index)")
            package.file("share/\(index)/own", "\(index)")
            try pack.add(package)
        }
        var seen: Set<String> = []
        for jobs in [1, 2, 16] {
            let environment = try pack.unpack {
                $0.jobs = jobs
                $0.force = true
            }
            let records = try environment.list("conda-meta").map { try environment.text("conda-meta/\($0)") }
            seen.insert(records.joined() + (try environment.text("share/common")))
        }
        #expect(seen.count == 1)
    }
}
