import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-metadata: paths.json and legacy metadata.
@Suite struct UnpackPathsTests {
    let pack: PackUnderTest
    let package = CondaBuilder("p")

    init() throws { pack = try PackUnderTest() }

    /// A package with one file `f` and this paths.json.
    private func withPaths(_ json: String) throws {
        var package = package
        package.payload.file("f", "P text")
        package.info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        package.info.file("info/paths.json", json)
        try pack.add(package, archive: package.conda(generated: false))
    }

    private func withEntry(_ fields: String) throws {
        try withPaths(#"{"paths": [{"_path": "f", \#(fields)}], "paths_version": 1}"#)
    }

    @Test(
        "path_type missing or unknown [install 32]",
        arguments: [#""no_link": false"#, #""path_type": "Hardlink""#, #""path_type": 1"#])
    func case32(_ fields: String) throws {
        try withEntry(fields)
        #expect(try pack.failure().contains("`path_type`"))
    }

    @Test("paths_version is required, any value goes [install 33]")
    func case33() throws {
        try withPaths(#"{"paths": []}"#)
        #expect(try pack.failure().contains("`paths_version`"))
        let other = try PackUnderTest()
        var package = package
        package.info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        package.info.file("info/paths.json", #"{"paths": [], "paths_version": 2}"#)
        try other.add(package, archive: package.conda(generated: false))
        #expect(try other.unpack().files("p-1.0-0").isEmpty)
    }

    @Test(
        "half a placeholder is none [install 34, 35]",
        arguments: [
            #""prefix_placeholder": "P""#, #""prefix_placeholder": "P", "file_mode": "TEXT""#, #""file_mode": "text""#,
        ])
    func case34(_ fields: String) throws {
        try withEntry(#""path_type": "hardlink", \#(fields)"#)
        let environment = try pack.unpack()
        #expect(try environment.text("f") == "P text")
        let entry = try #require(try environment.entry("f", of: "p-1.0-0"))
        #expect(entry["file_mode"] == nil && entry["prefix_placeholder"] == nil)
    }

    @Test("optional keys may be null, no_link may not [install 36]")
    func case36() throws {
        let nulls = #""sha256": null, "size_in_bytes": null, "prefix_placeholder": null, "file_mode": null"#
        try withEntry(#""path_type": "hardlink", \#(nulls)"#)
        #expect(try pack.unpack().exists("f"))
        let other = try UnpackPathsTests()
        try other.withEntry(#""path_type": "hardlink", "no_link": null"#)
        #expect(try other.pack.failure().contains("`no_link`"))
    }

    @Test("a wrong hash and size are recorded as given [install 37]")
    func case37() throws {
        let zeros = String(repeating: "0", count: 64)
        try withEntry(#""path_type": "hardlink", "sha256": "\#(zeros)", "size_in_bytes": 99"#)
        let entry = try #require(try pack.unpack().entry("f", of: "p-1.0-0"))
        #expect(entry["sha256"]?.string == zeros && entry["size_in_bytes"]?.int64 == 99)
        #expect(entry["sha256_in_prefix"] == nil)
    }

    @Test("without hash and size the real ones are recorded [install 38]")
    func case38() throws {
        try withEntry(#""path_type": "hardlink""#)
        let entry = try #require(try pack.unpack().entry("f", of: "p-1.0-0"))
        #expect(entry["sha256"] == nil && entry["size_in_bytes"]?.int64 == 6)
        #expect(entry["sha256_in_prefix"]?.string == SHA256Hasher.hash(Array("P text".utf8)).hex)
    }

    @Test("a listed file that is missing fails, a listed link is skipped [install 39]")
    func case39() throws {
        var package = package
        package.listed(#"{"_path": "gone", "path_type": "softlink"}"#)
        try pack.add(package)
        #expect(try pack.unpack().files("p-1.0-0").isEmpty)
        let other = try PackUnderTest()
        package.listed(#"{"_path": "lost", "path_type": "hardlink"}"#)
        try other.add(package)
        #expect(try other.failure().contains("'lost' is listed but not in the archive"))
    }

    @Test("a path given twice has one file and two records [install 40]")
    func case40() throws {
        var package = package
        package.file("f", "text")
        package.listed(#"{"_path": "f", "path_type": "hardlink"}"#)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.files("p-1.0-0") == ["f", "f"])
        #expect(try environment.text("f") == "text")
    }

    @Test("unsafe paths are refused [install 41]", arguments: ["../x", "/x", "a/../../x", "a\\u0000b"])
    func case41(_ path: String) throws {
        var package = package
        package.listed(#"{"_path": "\#(path)", "path_type": "hardlink"}"#)
        try pack.add(package)
        #expect(try pack.failure().contains("unsafe path"))
    }

    @Test("a folder is created and recorded without hash and size [install 42]")
    func case42() throws {
        var package = package
        package.payload.directory("folder")
        package.listed(#"{"_path": "folder", "path_type": "directory"}"#)
        package.listed(#"{"_path": "folder2", "path_type": "directory"}"#)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.list("folder").isEmpty && environment.mode("folder") == 0o755)
        #expect(try environment.exists("folder2"))
        let entry = try #require(try environment.entry("folder", of: "p-1.0-0"))
        #expect(entry["path_type"]?.string == "directory" && entry.members?.count == 2)
    }

    // MARK: Legacy

    private func legacy(_ kind: ArchiveName.Kind = .conda, files: String?, hasPrefix: String? = nil) throws {
        var package = package
        for name in ["a", "b", "c", "d d"] { package.payload.file(name, "/opt/anaconda1anaconda2anaconda3 PP") }
        package.payload.symlink("link", to: "a")
        package.info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        if let files { package.info.file("info/files", files) }
        if let hasPrefix { package.info.file("info/has_prefix", hasPrefix) }
        package.info.file("info/no_link", "a\n")
        package.info.file("info/no_softlink", "link\n")
        let archive = kind == .conda ? package.conda(generated: false) : package.tarBz2(generated: false)
        try pack.add(package, kind, archive: archive)
    }

    @Test(
        "files, has_prefix, no_link, no_softlink [install 43, 45]", arguments: [ArchiveName.Kind.conda, .tarBz2])
    func case43(_ kind: ArchiveName.Kind) throws {
        try legacy(
            kind, files: "a\r\nb\nc\nd d\nlink\n",
            hasPrefix: "b\nzz text a\nPP TEXT a\r\n\"PP\" text \"d\\ d\"\nother\n")
        let environment = try pack.unpack()
        #expect(try environment.text("a") == "/opt/anaconda1anaconda2anaconda3 \(environment.path)")
        #expect(try environment.text("b") == "\(environment.path) PP")
        #expect(try environment.text("d d") == "/opt/anaconda1anaconda2anaconda3 \(environment.path)")
        #expect(try environment.text("c") == "/opt/anaconda1anaconda2anaconda3 PP")
        let record = try #require(try environment.entry("a", of: "p-1.0-0"))
        #expect(record["no_link"]?.bool == true && record["sha256"] == nil && record["file_mode"]?.string == "text")
        #expect(try environment.status("link").st_mode & 0o170000 == 0o100000)
        #expect(
            try environment.entry("link", of: "p-1.0-0")?["sha256_in_prefix"]?.string
                == String(repeating: "0", count: 64))
    }

    @Test(
        "malformed has_prefix [install 44]",
        arguments: ["\n", "a \n", "P strange a\n", "P text a b\n", "\"P text a\n"])
    func case44(_ text: String) throws {
        try legacy(files: "a\n", hasPrefix: text)
        #expect(try pack.failure().contains("info/has_prefix"))
    }

    @Test("an empty line in files is ignored, a missing file fails [install 46]")
    func case46() throws {
        try legacy(files: "a\n\nb\n")
        #expect(try pack.unpack().files("p-1.0-0") == ["a", "b"])
        let other = try UnpackPathsTests()
        try other.legacy(files: "a\nnothing\n")
        #expect(try other.pack.failure().contains("the listed path 'nothing' is not in the package"))
    }

    @Test("neither paths.json nor files [install 47]")
    func case47() throws {
        try legacy(files: nil)
        #expect(try pack.failure().contains("neither info/paths.json nor info/files"))
    }
}
