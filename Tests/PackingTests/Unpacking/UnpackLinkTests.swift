import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-linking: links, placeholders, modes and times in an environment.
@Suite struct UnpackLinkTests {
    let pack: PackUnderTest
    var package = CondaBuilder("p")

    init() throws { pack = try PackUnderTest() }

    private func softlink(_ path: String, _ more: String = "") -> String {
        #"{"_path": "\#(path)", "path_type": "softlink"\#(more)}"#
    }

    @Test(
        "patched files carry the time of about.json and one second [install 48, 70]", arguments: [true, false])
    func case48(_ isConda: Bool) throws {
        var package = package
        package.info.file("info/about.json", "{}", time: 1_700_000_100)
        package.file("a", "P/x\n", mode: 0o755, placeholder: "P")
        package.file("none", "nothing", placeholder: "P")
        package.file("empty", "", placeholder: "P")
        package.file("plain", [1], time: 1_650_000_000)
        package.payload.symlink("link", to: "a", time: 1_660_000_000)
        package.listed(softlink("link"))
        try pack.add(package, isConda ? .conda : .tarBz2)
        let environment = try pack.unpack()
        #expect(try environment.text("a") == "\(environment.path)/x\n" && environment.mode("a") == 0o755)
        for name in ["a", "none", "empty"] {
            #expect(try environment.time(name) == 1_700_000_101)
            let entry = try #require(try environment.entry(name, of: "p-1.0-0"))
            #expect(entry["file_mode"]?.string == "text")
            #expect((entry["sha256_in_prefix"] != nil) == (name == "a"))
        }
        #expect(try environment.time("plain") == 1_650_000_000)
        #expect(try environment.time("link") == 1_660_000_000)
    }

    @Test func aboutThatComesLateCountsToo() throws {
        var package = package
        package.file("a", "P", placeholder: "P")
        package.payload.file("info/about.json", "{}", time: 1_700_000_100)
        try pack.add(package, .tarBz2)
        #expect(try pack.unpack().time("a") == 1_700_000_101)
    }

    @Test("without about.json patched files have the time of the installation [install 70]")
    func case70() throws {
        var package = package
        package.file("a", "P", placeholder: "P")
        try pack.add(package)
        #expect(try pack.unpack().time("a") > 1_700_000_200)
    }

    @Test("no room in binary files is known before anything is written [install 59]")
    func case59() throws {
        var package = package
        package.file("a", Array("nothing".utf8), placeholder: "/p", fileMode: "binary")
        try pack.add(package)
        #expect(try pack.failure().contains("binary files have room for 2"))
    }

    @Test(
        "links are created as they are [install 64, 65]",
        arguments: ["a", "/etc/passwd", "nowhere", "../../..", "P/x"])
    func case64(_ target: String) throws {
        var package = package
        package.file("a", "P", placeholder: "P")
        package.symlink("link", to: target)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.link("link") == ByteString(target))
        let entry = try #require(try environment.entry("link", of: "p-1.0-0"))
        #expect(entry["sha256_in_prefix"]?.string == SHA256Hasher.hash(Array(target.utf8)).hex)
        #expect(entry["size_in_bytes"]?.int64 == Int64(target.utf8.count))
    }

    @Test("a link with a placeholder becomes a patched file of mode 0777 less the umask [install 66]")
    func case66() throws {
        var package = package
        package.payload.file("target", "P!", mode: 0o600)
        package.payload.symlink("link", to: "target")
        package.listed(softlink("link", #", "prefix_placeholder": "P", "file_mode": "text""#))
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("link") == "\(environment.path)!" && environment.mode("link") == 0o755)
        #expect(try environment.entry("link", of: "p-1.0-0")?["path_type"]?.string == "softlink")
        #expect(try !environment.exists("target"))
        let other = try UnpackLinkTests()
        var dangling = CondaBuilder("q")
        dangling.payload.symlink("link", to: "gone")
        dangling.listed(softlink("link", #", "prefix_placeholder": "P", "file_mode": "text""#))
        try other.pack.add(dangling)
        #expect(try other.pack.failure().contains("'link' is a symbolic link that leads to no file"))
    }

    @Test("a link that may not be one is copied, or skipped if it dangles [install 67]")
    func case67() throws {
        var package = package
        package.payload.file("d/target", "content", mode: 0o640, time: 1_650_000_000)
        package.payload.symlink("link", to: "d/../d/target")
        package.payload.symlink("dangling", to: "gone")
        for name in ["link", "dangling"] { package.listed(softlink(name, #", "no_link": true"#)) }
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("link") == "content" && environment.mode("link") == 0o640)
        #expect(try environment.time("link") == 1_650_000_000)
        #expect(try environment.files("p-1.0-0") == ["link"] && !environment.exists("dangling"))
    }

    @Test("a link listed as file is a link; a file listed as link fails [install 68, 69]")
    func case68() throws {
        var package = package
        package.payload.symlink("link", to: "gone")
        package.listed(#"{"_path": "link", "path_type": "hardlink"}"#)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.link("link") == "gone")
        #expect(try environment.entry("link", of: "p-1.0-0")?["path_type"]?.string == "hardlink")
        let other = try UnpackLinkTests()
        var wrong = CondaBuilder("q")
        wrong.payload.file("f", "x")
        wrong.listed(softlink("f"))
        try other.pack.add(wrong)
        #expect(try other.pack.failure().contains("'f' is a file in the archive, but is listed as a symbolic link"))
    }

    @Test("umask 077; packages keep who may read and run [install 71, 72]")
    func case71() throws {
        var package = CondaBuilder("n", noarch: "python")
        package.file("share/f", [1], mode: 0o664)
        package.info.file(
            "info/link.json",
            #"{"noarch": {"type": "python", "entry_points": ["n = n:m"]}, "package_metadata_version": 1}"#)
        try pack.add(package)
        try pack.addPython()
        let environment = try pack.unpack { $0.umask = 0o077 }
        #expect(try environment.mode("share/f") == 0o644)
        for folder in [".", "share", "conda-meta", "bin"] { #expect(try environment.mode(folder) == 0o700) }
        #expect(try environment.mode("conda-meta/history") == 0o600 && environment.mode("CACHEDIR.TAG") == 0o600)
        #expect(try environment.mode("bin/n") == 0o700)
        #expect(try environment.mode("conda-meta/n-1.0-0.json") == 0o600)
        let open = try pack.unpack {
            $0.umask = 0
            $0.force = true
        }
        #expect(try open.mode("conda-meta/n-1.0-0.json") == 0o666 && open.mode("share") == 0o777)
        #expect(try open.mode("bin/n") == 0o777 && open.mode("share/f") == 0o664)
    }

    @Test("names that only look the same are two files [install 74]")
    func case74() throws {
        var package = package
        package.file("\u{E9}", "composed")
        package.file("e\u{301}", "decomposed")
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("\u{E9}") == "composed" && environment.text("e\u{301}") == "decomposed")
    }

    @Test func largeFilesOfEveryKind() throws {
        var package = package
        var content = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        let placeholder = "/" + String(repeating: "placeholder", count: 20)
        for start in stride(from: 0, to: content.count - 1000, by: 65_500) {
            content.replaceSubrange(start..<(start + placeholder.utf8.count), with: Array(placeholder.utf8))
            content[start + 400] = 0
        }
        package.file("plain", content)
        package.file("text", content, placeholder: placeholder)
        package.file("binary", content, placeholder: placeholder, fileMode: "binary")
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.bytes("plain") == content)
        #expect(try environment.bytes("binary").count == content.count)
        #expect(
            try !environment.text("binary").contains(placeholder) && !environment.text("text").contains(placeholder))
        let entry = try #require(try environment.entry("text", of: "p-1.0-0"))
        #expect(try entry["sha256_in_prefix"]?.string == SHA256Hasher.hash(environment.bytes("text")).hex)
    }
}
