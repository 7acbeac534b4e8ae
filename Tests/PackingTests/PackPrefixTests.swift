import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite("Packing an environment from the disk") struct PackPrefixTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()

    init() throws {
        directory = try TemporaryDirectory()
        let package = try directory.write("c/linux-64/a-1.0-0.conda", "package")
        try directory.write("env/share/a.txt", "a")
        try directory.write("env/share/b.txt", "b")
        let hash = SHA256Hasher.hash(Array("a".utf8)).hex
        try directory.write(
            "env/conda-meta/a-1.0-0.json",
            """
            {"name": "a", "version": "1.0", "build": "0", "build_number": 0, "depends": [], "subdir": "linux-64",
             "url": "file://\(package)", "fn": "a-1.0-0.conda", "timestamp": 1600000000,
             "sha256": "\(SHA256Hasher.hash(Array("package".utf8)).hex)",
             "files": ["share/a.txt", "share/b.txt"],
             "paths_data": {"paths": [
               {"_path": "share/a.txt", "path_type": "hardlink", "sha256": "\(hash)"},
               {"_path": "share/b.txt", "path_type": "hardlink", "sha256": "\(hash)", "prefix_placeholder": "/x"}
             ], "paths_version": 1}}
            """)
        let wheel = makeWheel("w", "2.0")
        let path = try directory.write("wheels/w-2.0-py3-none-any.whl", wheel)
        try directory.write("env/lib/python3.12/site-packages/w-2.0.dist-info/METADATA", "Name: w\nVersion: 2.0\n")
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/RECORD",
            "w-2.0.dist-info/METADATA,,\nw-2.0.dist-info/RECORD,,\nw-2.0.dist-info/direct_url.json,,\n../../../bin/w,,\n"
        )
        try directory.write("env/bin/w", "")
        try directory.write(
            "env/lib/python3.12/site-packages/w-2.0.dist-info/direct_url.json",
            #"{"url": "file://\#(path)", "archive_info": {"hashes": {"sha256": "\#(SHA256Hasher.hash(wheel).hex)"}}}"#)
    }

    private func options() -> PackOptions {
        var options = PackOptions(manifest: ".", version: "1.0.0")
        options.prefix = directory("env")
        options.output = .file(directory("out.tar"))
        return options
    }

    private func failure(_ options: PackOptions) -> String {
        do {
            _ = try Packer(options, reporter: reporter).run()
            return ""
        } catch { return "\(error)" }
    }

    @Test func packsWhatTheRecordsName() throws {
        let result = try Packer(options(), reporter: reporter).run()
        #expect(result.packages == 1)
        #expect(result.wheels == 1)
        let pack = try PackReader.open(directory("out.tar"))
        #expect(pack["channel/linux-64/a-1.0-0.conda"] != nil)
        #expect(pack["pypi/w-2.0-py3-none-any.whl"] != nil)
        let index = try #require(pack["channel/linux-64/repodata.json"]).open().readAll()
        #expect(String(decoding: index, as: UTF8.self).contains("\"timestamp\": 1600000000000"))
        #expect(reporter.messages.allSatisfy { !$0.contains("which the pack will not have") })
    }

    @Test func changesByHandAreReported() throws {
        try directory.write("env/share/a.txt", "changed")
        try Sys.unlink(directory("env/share/b.txt"))
        try directory.write("env/notes.txt", "mine")
        _ = try Packer(options(), reporter: reporter).run()
        let expected = [
            "warning: 1 file was changed after its installation, which the pack will not have: 'share/a.txt'",
            "warning: 1 file of a package was removed, which the pack will not have: 'share/b.txt'",
            "warning: 1 file belongs to no package, which the pack will not have: 'notes.txt'",
        ]
        #expect(expected.allSatisfy(reporter.messages.contains), "\(reporter.messages)")
    }

    @Test func unknownOriginsAreNamed() throws {
        try Sys.unlink(directory("env/lib/python3.12/site-packages/w-2.0.dist-info/direct_url.json"))
        #expect(failure(options()) == "it is not recorded where these Python packages come from: w")
        var options = options()
        options.ignoresNonWheels = true
        _ = try Packer(options, reporter: reporter).run()
        #expect(reporter.messages.contains("warning: left out, as it is not recorded where they come from: w"))
        options.ignoresNonWheels = false
        options.inject = [directory("wheels/w-2.0-py3-none-any.whl")]
        #expect(try Packer(options, reporter: reporter).run().wheels == 1)
    }

    @Test func whatIsNoEnvironmentIsNamed() throws {
        var options = options()
        options.prefix = directory("c")
        #expect(failure(options).hasPrefix("'\(directory("c"))' is no conda environment: "))
        try directory.write("empty/conda-meta/history", "")
        options.prefix = directory("empty")
        #expect(failure(options) == "'\(directory("empty/conda-meta"))' has no records of packages")
        try directory.write(
            "bad/conda-meta/x.json", #"{"name": "x", "version": "1", "build": "0", "build_number": 0, "depends": []}"#)
        options.prefix = directory("bad")
        #expect(failure(options).contains("it does not say where package 'x' comes from"))
    }
}
