import Archive
import CondaModel
import Packing
import Support
import TestKit
import Testing

/// Gathers what is said.
final class RecordingReporter: Reporter {
    private let lines = Locked<[String]>([])
    var messages: [String] { lines.withLock { $0 } }
    func say(_ level: MessageLevel, _ message: Message) { lines.withLock { $0.append("\(level): \(message)") } }
    func progress(_ event: ProgressEvent) {}
}

/// A conda package with the given members of index.json after name, version and build.
func makePackage(
    _ name: String, _ version: String = "1.0", build: String = "0", subdir: String? = "noarch", more: String = "",
    runExports: String? = nil
) -> CondaBuilder {
    var builder = CondaBuilder(name, version: version, build: build)
    var index = #"{"name": "\#(name)", "version": "\#(version)", "build": "\#(build)", "build_number": 0"#
    if let subdir { index += #", "subdir": "\#(subdir)""# }
    if !more.contains("\"depends\"") { index += #", "depends": []"# }
    builder.info.file("info/index.json", index + (more.isEmpty ? "" : ", \(more)") + "}")
    builder.info.file("info/paths.json", #"{"paths": [], "paths_version": 1}"#)
    if let runExports { builder.info.file("info/run_exports.json", runExports) }
    return builder
}

/// A wheel that holds nothing but its metadata.
func makeWheel(_ name: String, _ version: String, metadata: String = "") -> [UInt8] {
    var zip = ZipBuilder()
    zip.add("\(name)/__init__.py", "")
    zip.add(
        "\(name)-\(version).dist-info/METADATA",
        "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n\(metadata)")
    zip.add("\(name)-\(version).dist-info/WHEEL", "Wheel-Version: 1.0\n")
    zip.add("\(name)-\(version).dist-info/RECORD", "")
    return zip.finish()
}

@Suite("Injected files [lock 3.1]") struct InjectedFilesTests {
    let directory: TemporaryDirectory
    let reporter = RecordingReporter()
    init() throws { directory = try TemporaryDirectory() }

    @Test(".conda, .tar.bz2 and .whl are read [lock 78]")
    func allKinds() throws {
        let conda = makePackage("a", more: #""depends": ["b >=1"], "track_features": "x,y", "arch": "foo""#)
            .conda(generated: false)
        let paths = [
            try directory.write("a-1.0-0.conda", conda),
            try directory.write("b-1.0-0.tar.bz2", makePackage("b", subdir: "linux-64").tarBz2(generated: false)),
            try directory.write(
                "C_d-2.0-py3-none-any.whl",
                makeWheel("C_d", "2.0", metadata: "Requires-Python: >=3\nRequires-Dist: a\n")),
        ]
        let injected = try InjectedFiles(paths, reporter: reporter)
        #expect(injected.packages.map(\.fileName) == ["a-1.0-0.conda", "b-1.0-0.tar.bz2"])
        let record = try #require(injected.packages.first).record
        #expect(record.depends == ["b >=1"])
        #expect(record.trackFeatures == ["x", "y"])
        #expect(record.arch == "foo")
        #expect(record.platform == nil)
        #expect(record.sha256 == SHA256Hasher.hash(conda))
        #expect(record.md5 != nil)
        #expect(record.size == UInt64(conda.count))
        let wheel = try #require(injected.wheels.first)
        #expect(wheel.name.name.text == "c-d")
        #expect(wheel.metadata.requiresPython == ">=3")
        #expect(wheel.metadata.requiresDist == ["a"])
    }

    @Test("other kinds are refused by name [lock 84]", arguments: ["foo.zip", "pixi.toml", "a.CONDA", "whl"])
    func otherKinds(_ name: String) {
        #expect {
            try InjectedFiles([ByteString(name)], reporter: reporter)
        } throws: {
            "\($0)" == "cannot inject '\(name)': it is neither a conda package (.conda, .tar.bz2) nor a wheel (.whl)"
        }
    }

    @Test("run_exports.json counts in a .conda and not in a .tar.bz2 [lock 86]")
    func runExports() throws {
        let builder = makePackage("a", runExports: #"{"weak": ["a >=1"], "strong": []}"#)
        let injected = try InjectedFiles(
            [
                try directory.write("a-1.0-0.conda", builder.conda(generated: false)),
                try directory.write("b-1.0-0.tar.bz2", makePackage("b", runExports: "{}").tarBz2(generated: false)),
                try directory.write("c-1.0-0.conda", makePackage("c", runExports: "{}").conda(generated: false)),
                try directory.write("d-1.0-0.conda", makePackage("d").conda(generated: false)),
            ], reporter: reporter)
        #expect(injected.packages.map(\.record.runExports?.weak) == [["a >=1"], nil, [], nil])
    }

    @Test func missingSubdirIsUnknown() throws {
        let path = try directory.write("a-1.0-0.conda", makePackage("a", subdir: nil).conda(generated: false))
        #expect(try InjectedFiles([path], reporter: reporter).packages.first?.record.subdir == "unknown")
    }

    @Test(
        "index.json is judged",
        arguments: [
            (#""depends": ["a*"]"#, "invalid matchspec in depends: a*"),
            (#""constrains": ["a >>1"]"#, "invalid matchspec in constrains: a >>1"),
            (#""flags": ["X"]"#, "invalid flag 'X'"),
            (#""flags": ["x"], "repodata_revision": 2"#, "flags needs repodata revision 3, the package declares 2"),
            (#""subdir": "../x""#, "unsafe subdir '../x'"),
            (#""depends": 1"#, "field `depends`"),
        ])
    func judged(_ more: String, _ reason: String) throws {
        let package = makePackage("a", subdir: more.contains("subdir") ? nil : "noarch", more: more)
        let path = try directory.write("a-1.0-0.conda", package.conda(generated: false))
        #expect {
            try InjectedFiles([path], reporter: reporter)
        } throws: {
            "\($0)".hasPrefix("could not inject '\(path)': it is not a usable conda package: info/index.json: ")
                && "\($0)".contains(reason)
        }
    }

    @Test func acceptsNewFieldsWhereNoRevisionForbidsThem() throws {
        let package = makePackage("a", more: #""flags": ["blas:mkl"], "depends": ["b[when='c']"]"#)
        let path = try directory.write("a-1.0-0.conda", package.conda(generated: false))
        #expect(try InjectedFiles([path], reporter: reporter).packages.count == 1)
    }

    @Test func broken() throws {
        func message(_ name: String, _ bytes: [UInt8]) throws -> String {
            let path = try directory.write(name, bytes)
            do {
                _ = try InjectedFiles([path], reporter: reporter)
                return ""
            } catch { return "\(error)" }
        }
        #expect(try message("foo.conda", []) == "could not parse package filename: foo.conda")
        #expect(try message("a-1-0.conda", [1, 2]).contains("this is not a zip file"))
        #expect(try message("a-1-py3-none-any.whl", [1]).contains("this is not a zip file"))
        #expect(try message("a-1.whl", []).contains("it must have five or six parts"))
        #expect(try message("b-1-py3-none-any.whl", makeWheel("a", "1")).contains("its METADATA is for 'a'"))
        #expect(
            try message("a-1-0.tar.bz2", CondaBuilder("a").tarBz2(generated: false))
                .contains("there is no info/index.json in it"))
        #expect(throws: Failure.self) { try InjectedFiles([directory("gone-1-0.conda")], reporter: reporter) }
    }

    @Test func duplicatesReplaceAndSaySo() throws {
        let paths = [
            try directory.write("a-1.0-0.conda", makePackage("a").conda(generated: false)),
            try directory.write("a-2.0-0.conda", makePackage("a", "2.0").conda(generated: false)),
            try directory.write("w-1-py3-none-any.whl", makeWheel("w", "1")),
        ]
        let injected = try InjectedFiles(paths, reporter: reporter)
        #expect(injected.packages.map(\.fileName) == ["a-2.0-0.conda"])
        #expect(injected.package(replacing: "A") != nil)
        #expect(injected.package(replacing: "b") == nil)
        #expect(injected.wheel(replacing: try PyPIName("W")) != nil)
        #expect(
            reporter.messages == [
                "warning: 'a-2.0-0.conda' replaces 'a-1.0-0.conda', which was injected before it"
            ])
    }
}
