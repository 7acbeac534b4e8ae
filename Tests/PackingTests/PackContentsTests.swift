import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite("The contents object of pixi-pack.json") struct PackContentsTests {
    private func sample() throws -> PackContents {
        var contents = PackContents(environment: "default", createdBy: "pixi-pack 1.0.0")
        contents.lockSHA256 = SHA256Hasher.hash([1])
        contents.leftOut = [.init(name: "x", source: "git+https://h/x", reason: "not a wheel")]
        contents.virtualPackages = ["__glibc=2.28"]
        contents.injected = ["a-1-0.conda"]
        contents.members = [
            .init(path: try RelativePath("environment.yml"), sha256: SHA256Hasher.hash(Array("a".utf8)), size: 1),
            .init(path: try RelativePath("pypi/w.whl"), sha256: SHA256Hasher.hash(Array("wheel".utf8)), size: 5),
        ]
        return contents
    }

    private func json(_ contents: PackContents) throws -> JSONValue {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("version", "1")
            writer.key("contents")
            writer.object { contents.writeMembers(to: &$0) }
        }
        return try JSONDocument(writer.bytes).root
    }

    @Test func survivesTheJourney() throws {
        #expect(try PackContents.read(json(sample())) == sample())
        #expect(try PackContents.read(JSONDocument(Array("{}".utf8)).root) == nil)
    }

    @Test(
        "malformed",
        arguments: [
            #"{"contents": []}"#, #"{"contents": {}}"#, #"{"contents": {"files": {"a": {"size": 1}}}}"#,
            #"{"contents": {"files": {"../a": {"size": 1, "sha256": "00"}}}}"#,
        ])
    func malformed(_ text: String) {
        #expect {
            try PackContents.read(JSONDocument(Array(text.utf8)).root)
        } throws: {
            "\($0)".hasPrefix("the contents object of pixi-pack.json: ")
        }
    }

    private func pack(_ files: [(String, String)]) throws -> (TemporaryDirectory, PackReader) {
        let directory = try TemporaryDirectory()
        for file in files { try directory.write(file.0, file.1) }
        return (directory, try PackReader.open(directory.path))
    }

    @Test func membersAreCompared() throws {
        let check = MemberListCheck(try sample())
        func message(_ files: [(String, String)]) throws -> String {
            let (directory, reader) = try pack([("pixi-pack.json", "{}")] + files)
            defer { withExtendedLifetime(directory) {} }
            do {
                try check.checkSizes(reader)
                for member in reader.members { try check.checkHash(of: member) }
                return ""
            } catch { return "\(error)" }
        }
        #expect(try message([("environment.yml", "a"), ("pypi/w.whl", "wheel")]) == "")
        #expect(
            try message([("environment.yml", "a")]) == "the pack is damaged: 'pypi/w.whl' is missing in the pack")
        #expect(
            try message([("environment.yml", "a"), ("pypi/w.whl", "wheels")])
                == "the pack is damaged: 'pypi/w.whl' has 6 bytes, the pack's list of files says 5")
        #expect(
            try message([("environment.yml", "a"), ("pypi/w.whl", "weels")])
                .hasPrefix("the pack is damaged: 'pypi/w.whl' has the SHA-256 "))
        #expect(
            try message([("environment.yml", "a"), ("pypi/w.whl", "wheel"), ("pypi/x.whl", "")])
                == "the pack is damaged: 'pypi/x.whl' is in the pack, but not in its list of files")
    }

    @Test func warnsOfWhatIsLeftOut() throws {
        let reporter = RecordingReporter()
        MemberListCheck(try sample()).warnOfLeftOut(reporter)
        #expect(reporter.messages == ["warning: 'x' is not in this pack (not a wheel): git+https://h/x"])
    }
}
