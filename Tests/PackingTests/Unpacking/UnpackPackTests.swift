import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-archives, the pack and its index; #case-75.
@Suite struct UnpackPackTests {
    let pack: PackUnderTest
    let package: CondaBuilder

    init() throws {
        pack = try PackUnderTest()
        var package = CondaBuilder("p")
        package.file("share/p", "content")
        self.package = package
    }

    @Test("a number as version is an error, nothing is created [install 1]")
    func case1() throws {
        pack.manifest = #"{"version": 1, "platform": "linux-64"}"#
        #expect(try pack.failure().contains("no `version` that is a string"))
    }

    @Test("another version is refused before the platform is looked at [install 2]")
    func case2() throws {
        pack.manifest = #"{"version": "2", "platform": "win-64"}"#
        #expect(try pack.failure().contains("unsupported version '2'"))
    }

    @Test("another platform is refused [install 3]")
    func case3() throws {
        pack.manifest = #"{"version": "1", "platform": "win-64"}"#
        #expect(try pack.failure().contains("made for the platform 'win-64', this is"))
    }

    @Test("pixi-pack-version may be missing [install 4]")
    func case4() throws {
        pack.manifest = #"{"version": "1", "platform": "\#(Platform.current.rawValue)", "more": []}"#
        try pack.add(package)
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("a folder of the channel without repodata.json is an error [install 5]")
    func case5() throws {
        try pack.add(package)
        try pack.directory.write("pack/channel/noarch/x", "")
        #expect(try pack.failure().contains("'channel/noarch' in the pack has no repodata.json"))
    }

    @Test("a plain file beside the folders of the channel is ignored [install 6]")
    func case6() throws {
        try pack.add(package)
        try pack.directory.write("pack/channel/readme", "")
        #expect(try pack.unpack().exists("share/p"))
    }

    @Test("a .tar.bz2 under packages.conda is installed [install 7]")
    func case7() throws {
        try pack.add(package, .tarBz2)
        #expect(try pack.unpack().record("p-1.0-0")["fn"]?.string == "p-1.0-0.tar.bz2")
    }

    @Test("the record's subdir says where the archive is [install 8]")
    func case8() throws {
        try pack.add(package, subdir: "noarch", folder: "elsewhere", record: ["subdir": #""elsewhere""#])
        try pack.directory.write("pack/channel/elsewhere/repodata.json", "{}")
        #expect(try pack.unpack().exists("share/p"))
    }

    @Test("a missing archive is a clean error [install 9]")
    func case9() throws {
        try pack.add(package, folder: "elsewhere")
        try pack.directory.write("pack/channel/elsewhere/repodata.json", "{}")
        #expect(try pack.failure().contains("although its index lists it"))
    }

    @Test(
        "a wrong hash or size is refused, and installed on demand [install 10]",
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
        "fields of a wrong type [install 11]",
        arguments: [
            ("depends", "null"), ("build_number", "\"1\""), ("timestamp", "1.5"), ("track_features", "null"),
            ("sha256", "\"xyz\""),
        ])
    func case11(_ key: String, _ value: String) throws {
        try pack.add(package, record: [key: value])
        let message = try pack.failure()
        #expect(message.contains("p-1.0-0.conda") && message.contains(key))
    }

    @Test("noarch empty, false or null is no noarch [install 12]", arguments: ["\"\"", "false", "null"])
    func case12(_ value: String) throws {
        try pack.add(package, record: ["noarch": value])
        #expect(try pack.unpack().record("p-1.0-0")["noarch"] == nil)
    }

    @Test("noarch true stays true [install 13]")
    func case13() throws {
        try pack.add(package, record: ["noarch": "true"])
        #expect(try pack.unpack().record("p-1.0-0")["noarch"]?.bool == true)
    }

    @Test("capital letters in a name are refused [install 14]")
    func case14() throws {
        try pack.add(CondaBuilder("Pkg"))
        #expect(try pack.failure().contains("'Pkg' in the pack has capital letters"))
    }

    @Test("a build that is no path component is refused [install 15]")
    func case15() throws {
        try pack.add(package, record: ["build": "\"a/b\""])
        #expect(try pack.failure().contains("a/b"))
    }

    @Test(
        "the prefix [install 75]",
        arguments: [
            ("out", "env", "/w/out/env"), ("./out/", "./env", "/w/out/env"), ("out", "../env", "/w/out/../env"),
            ("out", "env/", "/w/out/env/"), ("out", "", "/w/out/"), ("out", "/abs/e", "/abs/e"), (".", "env", "/w/env"),
            ("//x//y/", "e", "//x/y/e"), ("///x", "e", "/x/e"),
        ])
    func case75(_ output: String, _ name: String, _ expected: String) {
        let prefix = AbsolutePath.prefix(output: ByteString(output), name: ByteString(name), current: "/w")
        #expect(prefix == ByteString(expected))
    }

    @Test("environments at such places [install 75]")
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

    @Test("what is no environment is refused unless it may be replaced, and then as a whole [install 110]")
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
            let records = try environment.list("conda-meta").filter { $0 != "history" }.map {
                try environment.text("conda-meta/\($0)")
            }
            seen.insert(records.joined() + (try environment.text("share/common")))
        }
        #expect(seen.count == 1)
    }
}
