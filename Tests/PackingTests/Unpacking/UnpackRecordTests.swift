import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-conflicts: conda-meta.
@Suite struct UnpackRecordTests {
    let pack: PackUnderTest

    init() throws { pack = try PackUnderTest() }

    @Test("every key, in order [install 102]")
    func case102() throws {
        let fields: KeyValuePairs<String, String?> = [
            "arch": "\"x86_64\"", "constrains": #"["x <2"]"#, "extra_depends": #"{"b": ["x"], "a": ["y"]}"#,
            "features": "\"mkl\"", "flags": #"["cuda"]"#, "legacy_bz2_md5": "\"\(String(repeating: "AB", count: 16))\"",
            "legacy_bz2_size": "12", "license": "\"MIT\"", "license_family": "\"Other\"",
            "md5": nil, "noarch": "\"generic\"", "platform": "\"linux\"", "purls": #"["pkg:pypi/zzz", "pkg:pypi/aaa"]"#,
            "python_site_packages_path": "\"lib/x\"", "run_exports": #"{"strong": ["s"], "weak": ["w"]}"#,
            "timestamp": "1600000000", "track_features": "\"a b\"", "unknown": "1",
        ]
        try pack.add(CondaBuilder("p"), record: fields)
        let record = try pack.unpack().record("p-1.0-0")
        #expect(
            record.members?.map(\.name.lossyString) == [
                "arch", "build", "build_number", "constrains", "depends", "extra_depends", "features", "flags",
                "legacy_bz2_md5", "legacy_bz2_size", "license", "license_family", "name", "noarch", "platform", "purls",
                "python_site_packages_path", "run_exports", "sha256", "size", "subdir", "timestamp", "track_features",
                "version", "fn", "url", "channel", "extracted_package_dir", "requested_specs", "files", "paths_data",
                "link",
            ])
        #expect(record["legacy_bz2_md5"]?.string == String(repeating: "ab", count: 16))
        #expect(record["purls"]?.elements?.map(\.string) == ["pkg:pypi/aaa", "pkg:pypi/zzz"])
        #expect(record["run_exports"]?.members?.map(\.name) == ["weak", "strong"])
        #expect(RecordRules.problems(record) == [])
        #expect(record["link"]?["type"]?.int64 == 1)
        #expect(record["link"]?["source"]?.string == record["extracted_package_dir"]?.string)
    }

    /// A pack that says where its packages come from.
    private func fetched(_ pack: PackUnderTest, requested: String = #"["p >=1.0"]"#) throws {
        try pack.add(CondaBuilder("p"), depends: ["dependency"])
        try pack.add(CondaBuilder("dependency"))
        try pack.add(CondaBuilder("q"))
        try pack.list(
            [
                "channel/\(PackUnderTest.subdir)/p-1.0-0.conda":
                    #""url": "https://u:secret@h/c/\#(PackUnderTest.subdir)/p-1.0-0.conda", "channel": "https://h/c""#,
                "channel/\(PackUnderTest.subdir)/dependency-1.0-0.conda":
                    #""url": "https://conda.anaconda.org/t/secret/c/\#(PackUnderTest.subdir)/dependency-1.0-0.conda""#,
            ], requested: requested)
    }

    @Test func recordsSayWhereTheirPackagesComeFrom() throws {
        try fetched(pack)
        let environment = try pack.unpack()
        func origin(_ name: String) throws -> [String?] {
            let record = try environment.record("\(name)-1.0-0")
            #expect(RecordRules.problems(record) == [])
            return [record["channel"]?.string, record["url"]?.string]
        }
        #expect(try origin("p") == ["https://h/c/", "https://h/c/\(PackUnderTest.subdir)/p-1.0-0.conda"])
        #expect(
            try origin("dependency") == [
                "https://conda.anaconda.org/c/",
                "https://conda.anaconda.org/c/\(PackUnderTest.subdir)/dependency-1.0-0.conda",
            ])
        let channel = "file://\(pack.directory("pack"))/channel/"
        #expect(try origin("q") == [channel, "\(channel)\(PackUnderTest.subdir)/q-1.0-0.conda"])
        let history = try environment.text("conda-meta/history").split(separator: "\n").dropFirst(4)
        #expect(
            Array(history) == [
                "+c/\(PackUnderTest.subdir)::dependency-1.0-0",
                "+\(channel.dropLast())/\(PackUnderTest.subdir)::q-1.0-0",
                "+https://h/c/\(PackUnderTest.subdir)::p-1.0-0", "# update specs: ['p >=1.0']",
            ])
    }

    @Test func withoutManifestWhatNobodyNeedsWasAskedFor() throws {
        try fetched(pack, requested: "[]")
        #expect(try pack.unpack().text("conda-meta/history").hasSuffix("\n# update specs: ['p', 'q']\n"))
    }

    @Test func recordsOfEarlierVersionsGetTheirChannel() throws {
        try fetched(pack)
        let environment = try pack.unpack()
        for name in ["p", "q"] {
            let path = "out/env/conda-meta/\(name)-1.0-0.json"
            let text = try environment.text("conda-meta/\(name)-1.0-0.json")
            let channel = try #require(environment.record("\(name)-1.0-0")["channel"]?.rawText)
            try pack.directory.write(path, Array(text.replacing(channel, with: "null").utf8))
        }
        let summary = try pack.summary { _ in }
        #expect(
            summary.changes.changes.map { "\($0)" } == ["~ p 1.0 0: record rewritten", "~ q 1.0 0: record rewritten"])
        #expect(try RecordRules.problems(environment.record("p-1.0-0")) == [])
        let before = try environment.text("conda-meta/history")
        #expect(try pack.summary { _ in }.changes.changes.isEmpty)
        #expect(try environment.text("conda-meta/history") == before)
        // A pack of the original at another place changes nothing.
        try Sys.rename(pack.directory("pack"), to: pack.directory("moved"))
        var options = UnpackOptions()
        options.outputDirectory = pack.directory("out")
        let moved = try Unpacker(options, reporter: SilentReporter()).unpack(.path(pack.directory("moved")))
        #expect(moved.changes.changes.isEmpty)
    }

    @Test(
        "track_features [install 103]",
        arguments: [("\"a b,c\"", "a b c"), ("\"\"", ""), (#"["a", "b"]"#, "a b"), ("[]", nil)])
    func case103(_ value: String, _ expected: String?) throws {
        try pack.add(CondaBuilder("p"), record: ["track_features": value])
        #expect(try pack.unpack().record("p-1.0-0")["track_features"]?.string == expected)
    }

    @Test("timestamps stay as they are [install 104]", arguments: [1_600_000_000, 1_600_000_000_123, -5])
    func case104(_ value: Int64) throws {
        try pack.add(CondaBuilder("p"), record: ["timestamp": "\(value)"])
        #expect(try pack.unpack().record("p-1.0-0")["timestamp"]?.int64 == value)
    }

    @Test("only quotes, backslashes and controls are escaped [install 105]")
    func case105() throws {
        try pack.add(CondaBuilder("p"), record: ["license": "\"\\\"q\\\" b\\\\s \u{2028} \\u0007 a/b \u{7F}\""])
        let text = try pack.unpack().text("conda-meta/p-1.0-0.json")
        #expect(text.contains("\"license\": \"\\\"q\\\" b\\\\s \u{2028} \\u0007 a/b \u{7F}\""))
    }

    @Test("the order of paths [install 106]")
    func case106() throws {
        let order = ["A/x", "a/X", "a/x", "a b/x", "a-b/x", "a.b", "foo/__init__.py", "foo-1.dist-info/RECORD"]
        var package = CondaBuilder("p")
        for path in order.reversed() { package.file(path, path) }
        try pack.add(package)
        #expect(try pack.unpack().files("p-1.0-0") == order)
    }

    @Test("no files; no newline at the end [install 107, 109]")
    func case107() throws {
        try pack.add(CondaBuilder("p"))
        let environment = try pack.unpack()
        let text = try environment.text("conda-meta/p-1.0-0.json")
        #expect(text.contains("\n  \"files\": [],\n") && text.contains("\n    \"paths\": []\n"))
        #expect(text.utf8.last == UInt8(ascii: "}"))
        #expect(
            try environment.text("conda-meta/history").hasPrefix("// not relevant for pixi but for `conda run -p`\n"))
        #expect(
            try SHA256Hasher.hash(environment.bytes("CACHEDIR.TAG")).hex
                == "5fd8d0f0d1bc590ed69ecd369111ed0e01944ae48cf7da43e99e32db6a367699")
    }

    @Test("names of records [install 108]")
    func case108() throws {
        try pack.add(CondaBuilder("p", version: "1!2.0+local_1"))
        try pack.add(CondaBuilder("q", build: ""))
        let environment = try pack.unpack()
        #expect(
            try environment.list("conda-meta") == ["history", "p-1!2.0+local_1-0.json", "q-1.0-.json"])
        #expect(
            try environment.record("p-1!2.0+local_1-0")["url"]?.string?
                .hasSuffix("/channel/\(PackUnderTest.subdir)/p-1%212.0%2Blocal_1-0.conda") == true)
    }
}
