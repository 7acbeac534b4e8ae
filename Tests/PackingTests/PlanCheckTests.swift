import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

@Suite("What cannot be unpacked is not packed") struct PlanCheckTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()

    init() throws { directory = try TemporaryDirectory() }

    private func request(_ workspace: WorkspaceBuilder) throws -> PackRequest {
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.output = .file(directory("out.tar"))
        request.recordsContents = true
        return request
    }

    /// What is said instead of packing; empty if it is packed.
    private func refusal(_ request: PackRequest) throws -> String {
        do {
            try request.pack(reporter: reporter)
            return ""
        } catch let failure as Failure {
            #expect(try Sys.list(directory.path).allSatisfy { !$0.lossyString.contains("out") })
            return "\(failure) | \(failure.innermostRemedy ?? "")"
        }
    }

    private func noarch(_ name: String, entryPoint: String? = nil) -> CondaBuilder {
        var package = CondaBuilder(name, noarch: "python")
        package.file("site-packages/\(name).py", "x = 1\n")
        if let entryPoint {
            package.info.file(
                "info/link.json",
                #"{"noarch": {"type": "python", "entry_points": ["\#(entryPoint)"]}, "package_metadata_version": 1}"#)
        }
        return package
    }

    private func withPython() throws -> WorkspaceBuilder {
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.4")
        python.file("bin/python3.12", "#!/bin/sh\n", mode: 0o755)
        try workspace.conda("python-3.12.4-0.conda", python.conda())
        return workspace
    }

    @Test("an entry point no installer can make a script of")
    func entryPoint() throws {
        var workspace = try withPython()
        let package = noarch("mcp", entryPoint: "mcp = mcp cli:app")
        try workspace.conda("mcp-1.0-0.conda", package.conda(), subdir: "noarch")
        let text = try refusal(request(workspace))
        #expect(text.contains("could not read package 'mcp-1.0-0.conda': could not read info/link.json"))
        #expect(text.contains("Take another build") && text.contains("--no-plan-check"))
        #expect(!text.contains("whole"))
    }

    @Test("a file that is listed and missing", arguments: [10, 400_000])
    func missing(size: Int) throws {
        var workspace = try withPython()
        var package = CondaBuilder("a")
        var state: UInt64 = 1
        // Does not compress, so that the package is large.
        package.file(
            "share/a",
            (0..<size).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 33)
            })
        package.listed(#"{"_path": "share/b", "path_type": "hardlink", "size_in_bytes": 3000000}"#)
        try workspace.conda("a-1.0-0.conda", package.conda())
        #expect(
            try refusal(request(workspace)).contains(
                "could not plan package 'a-1.0-0.conda': 'share/b' is listed but not in the archive"))
    }

    @Test("a placeholder too short for any prefix")
    func placeholder() throws {
        var workspace = try withPython()
        var package = CondaBuilder("a")
        package.file("bin/a", Array("xx".utf8), placeholder: "xx", fileMode: "binary")
        try workspace.conda("a-1.0-0.conda", package.conda())
        #expect(try refusal(request(workspace)).contains("package 'a-1.0-0.conda': 'bin/a' cannot be adapted"))
    }

    @Test("packages for Python and wheels without a Python, all in one message")
    func withoutPython() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("n-1.0-0.conda", noarch("n").conda(), subdir: "noarch")
        try workspace.conda("m-1.0-0.conda", noarch("m").conda(), subdir: "noarch")
        try workspace.wheel("w-1.0-py3-none-any.whl", makeWheel("w", "1.0"), name: "w")
        let text = try refusal(request(workspace))
        #expect(text.hasPrefix("this pack could never be unpacked, for 3 reasons:"))
        for word in ["'n-1.0-0.conda' is for any Python", "'m-1.0-0.conda' is for any Python", "the pack has wheels"] {
            #expect(text.contains(word))
        }
    }

    @Test("wheels without RECORD, or with one that is none")
    func records() throws {
        var workspace = try withPython()
        var none = WheelBuilder("none")
        none.record = .none
        try workspace.wheel(none.fileName, none.archive { _ in "" }, name: "none")
        var six = WheelBuilder("six")
        six.record = .text("a,b,c,d,e,f\n")
        try workspace.wheel(six.fileName, six.archive { _ in "" }, name: "six")
        let text = try refusal(request(workspace))
        #expect(text.contains("'none-1.0-py3-none-any.whl': it has no RECORD"))
        #expect(text.contains("'six-1.0-py3-none-any.whl': row 1 of RECORD has 6 fields"))
    }

    @Test("variables of a package that would run in a shell")
    func variables() throws {
        var workspace = try withPython()
        var package = CondaBuilder("a")
        package.file("etc/conda/env_vars.d/a.json", #"{"A$(touch x)": "1"}"#)
        try workspace.conda("a-1.0-0.conda", package.conda())
        #expect(try refusal(request(workspace)).contains("cannot be the name of a variable"))
    }

    @Test("every form of a pack is checked, and all can do without")
    func forms() throws {
        var workspace = WorkspaceBuilder(in: directory)
        try workspace.conda("n-1.0-0.conda", noarch("n").conda(), subdir: "noarch")
        var request = try request(workspace)
        for output in [
            PackOutput.file(directory("out.tar")), .directory(directory("out")), .file("/dev/null"),
        ] {
            request.output = output
            request.planCheck = .errors
            #expect(try refusal(request).contains("'n-1.0-0.conda' is for any Python"))
        }
        request.output = .file(directory("out.tar"))
        let targets = PackTargets([PackTarget(environment: "default", platform: "linux-64")], isBundle: true)
        do {
            _ = try PackBuild(targets, request: request, reporter: reporter).run()
            Issue.record("no error")
        } catch { #expect("\(error)".contains("environment default (linux-64): package 'n-1.0-0.conda'")) }
        request.planCheck = .warnings
        #expect(try refusal(request) == "")
        #expect(reporter.messages.contains { $0.hasPrefix("warning: this pack could never be unpacked") })
        request.planCheck = .none
        #expect(try refusal(request) == "")
    }

    @Test("what can be unpacked is packed, of either container")
    func fine() throws {
        var workspace = try withPython()
        try workspace.conda(
            "n-1.0-0.conda", noarch("n", entryPoint: "n = n:main").conda(), subdir: "noarch")
        try workspace.conda("m-1.0-0.tar.bz2", noarch("m").tarBz2(), subdir: "noarch")
        try workspace.wheel("w-1.0-py3-none-any.whl", makeWheel("w", "1.0"), name: "w")
        #expect(try refusal(request(workspace)) == "")
    }
}

extension PlanCheckTests {
    @Test("a file that the archive has below a link lies where that leads")
    func belowLink() throws {
        var workspace = try withPython()
        for name in ["a", "b"] {
            var package = CondaBuilder(name)
            package.payload.symlink("share/alias-\(name)", to: "real")
            package.payload.file("share/alias-\(name)/\(name)", "x")
            package.listed(#"{"_path": "share/real/\#(name)", "path_type": "hardlink"}"#)
            let bytes = name == "a" ? package.conda() : package.tarBz2()
            try workspace.conda("\(name)-1.0-0.\(name == "a" ? "conda" : "tar.bz2")", bytes)
        }
        #expect(try refusal(request(workspace)) == "")
    }

    @Test("wheels with files that are not as RECORD says are counted, and an error if that is wanted")
    func unlikeRecord() throws {
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.4")
        python.file("bin/python3.12", "#!/bin/sh\n", mode: 0o755)
        try workspace.conda("python-3.12.4-0.conda", python.conda())
        var wheel = WheelBuilder("d")
        wheel.add("d/a.py", "a = 1\n")
        let wrong = "sha256=" + Base64.url.encode(SHA256Hasher.hash([1]).bytes)
        try workspace.wheel(wheel.fileName, wheel.archive { _ in wrong }, name: "d")
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.output = .file(directory("out.tar"))
        request.recordsContents = true
        try request.pack(reporter: reporter)
        #expect(
            reporter.messages.contains {
                $0.hasPrefix("warning: the wheel 'd-1.0-py3-none-any.whl' has 3 files that are not as its RECORD says")
            })
        let pack = try PackReader.open(directory("out.tar"))
        let text = try #require(pack["pixi-pack.json"]).open().readAll()
        let contents = try #require(try PackContents.read(JSONDocument(text).root))
        #expect(contents.unlikeRecord == [.init(fileName: "d-1.0-py3-none-any.whl", files: 3)])
        request.isStrict = true
        #expect(throws: Failure.self) { try request.pack(reporter: reporter) }
    }

    @Test("of large wheels files of another size are found, with --strict all")
    func largeWheels() throws {
        var workspace = WorkspaceBuilder(in: directory)
        var python = CondaBuilder("python", version: "3.12.4")
        python.file("bin/python3.12", "#!/bin/sh\n", mode: 0o755)
        try workspace.conda("python-3.12.4-0.conda", python.conda())
        var zip = ZipBuilder()
        func hash(_ text: String) -> String {
            "sha256=" + Base64.url.encode(SHA256Hasher.hash(Array(text.utf8)).bytes)
        }
        zip.add("d/large", [UInt8](repeating: 0, count: 9 << 20), method: .deflated)
        zip.add("d/signed.so", "code and signature")
        zip.add("d/other.py", "b = 1\n")
        zip.add("d/fine.py", "c = 1\n")
        zip.add("d-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: d\nVersion: 1.0\n")
        zip.add("d-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        zip.add(
            "d-1.0.dist-info/RECORD",
            "d/signed.so,\(hash("code")),4\nd/other.py,\(hash("a = 1\n")),6\nd/fine.py,\(hash("c = 1\n")),7\n"
                + "d/large,,\nd-1.0.dist-info/METADATA,,\nd-1.0.dist-info/WHEEL,,\nd-1.0.dist-info/RECORD,,\n")
        try workspace.wheel("d-1.0-py3-none-any.whl", zip.finish(), name: "d")
        var request = PackRequest(manifest: try workspace.write(), version: "1.0.0")
        request.output = .file(directory("out.tar"))
        try request.pack(reporter: reporter)
        #expect(
            reporter.messages.contains {
                $0.hasSuffix("has a file that is not as its RECORD says: 'd/signed.so'")
            }, "\(reporter.messages)")
        request.isStrict = true
        try Sys.unlink(directory("out.tar"))
        let text = try refusal(request)
        #expect(text.contains("has 2 files that are not as its RECORD says: 'd/other.py', 'd/signed.so'"), "\(text)")
    }
}
