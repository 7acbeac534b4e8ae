import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#cases-archives, package archives.
@Suite struct UnpackArchiveTests {
    let pack: PackUnderTest
    var package = CondaBuilder("p")

    init() throws { pack = try PackUnderTest() }

    private func listed(_ path: String, _ type: String = "hardlink") -> String {
        #"{"_path": "\#(path)", "path_type": "\#(type)"}"#
    }

    @Test("members in the order pkg, info; no metadata.json [install 16]")
    func case16() throws {
        var package = package
        package.file("share/p", "content")
        var zip = ZipBuilder()
        var info = TarBuilder()
        info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        info.file("info/paths.json", #"{"paths": [\#(listed("share/p"))], "paths_version": 1}"#)
        zip.add("pkg-p-1.0-0.tar.zst", Compression.zstd(package.payload.finish()))
        zip.add("info-p-1.0-0.tar.zst", Compression.zstd(info.finish()))
        try pack.add(package, archive: zip.finish())
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("deflated members; data descriptors [install 17, 18]", arguments: [false, true])
    func case17(_ descriptor: Bool) throws {
        var package = package
        package.file("share/p", "content")
        try pack.add(package, archive: package.conda(method: .deflated, descriptor: descriptor))
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("extra members are unpacked too [install 19]")
    func case19() throws {
        var package = package
        package.listed(listed("share/extra"))
        var extra = TarBuilder()
        extra.file("share/extra", "extra")
        var zip = ZipBuilder()
        var info = TarBuilder()
        info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        info.file("info/paths.json", #"{"paths": [\#(listed("share/extra"))], "paths_version": 1}"#)
        zip.add("info-p-1.0-0.tar.zst", Compression.zstd(info.finish()))
        zip.add("pkg-p-1.0-0.tar.zst", Compression.zstd(TarBuilder().finish()))
        zip.add("sub/zzz.tar.zst", Compression.zstd(extra.finish()))
        try pack.add(package, archive: zip.finish())
        #expect(try pack.unpack().text("share/extra") == "extra")
    }

    @Test("two zstd frames [install 20]")
    func case20() throws {
        var package = package
        package.file("share/p", "content")
        let tar = package.payload.finish()
        var zip = ZipBuilder()
        var info = TarBuilder()
        info.file("info/index.json", #"{"name": "p", "version": "1.0", "build": "0", "build_number": 0}"#)
        info.file("info/paths.json", #"{"paths": [\#(listed("share/p"))], "paths_version": 1}"#)
        zip.add("info-p-1.0-0.tar.zst", Compression.zstd(info.finish()))
        let half = tar.count / 2
        zip.add(
            "pkg-p-1.0-0.tar.zst",
            Compression.zstd(Array(tar[..<half])) + Compression.zstd(Array(tar[half...])))
        try pack.add(package, archive: zip.finish())
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("truncated data is an error [install 21]", arguments: [ArchiveName.Kind.conda, .tarBz2])
    func case21(_ kind: ArchiveName.Kind) throws {
        var package = package
        package.file("share/p", [UInt8](repeating: 7, count: 100_000))
        let whole = kind == .conda ? package.conda() : package.tarBz2()
        try pack.add(package, kind, archive: Array(whole.dropLast(whole.count / 3)))
        #expect(try pack.failure().contains("p-1.0-0"))
    }

    @Test("bzip2 in several streams [install 22]")
    func case22() throws {
        var package = package
        package.file("share/p", "content")
        let tar = package.tar()
        let archive =
            Compression.bzip2(Array(tar[..<700])) + Compression.bzip2(Array(tar[700...]))
        try pack.add(package, .tarBz2, archive: archive)
        #expect(try pack.unpack().text("share/p") == "content")
    }

    @Test("../x is skipped, /abs/x and ./x lose what is in front [install 23]")
    func case23() throws {
        var package = package
        package.payload.file("../up", "up")
        package.payload.file("/abs/x", "abs")
        package.payload.file("./dot", "dot")
        package.listed(listed("abs/x"))
        package.listed(listed("dot"))
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("abs/x") == "abs")
        #expect(try environment.text("dot") == "dot")
        #expect(try !Sys.exists(pack.directory("out/up")))
    }

    @Test(
        "modes are exact but for what the umask denies others to write [install 24]",
        arguments: [ArchiveName.Kind.conda, .tarBz2])
    func case24(_ kind: ArchiveName.Kind) throws {
        var package = package
        package.file("a", [1], mode: 0o664)
        package.file("b", [1], mode: 0o600)
        package.file("c", [1], mode: 0o4755)
        package.file("d", [1], mode: 0)
        try pack.add(package, kind)
        let environment = try pack.unpack()
        #expect(try ["a", "b", "c", "d"].map { try environment.mode($0) } == [0o644, 0o600, 0o755, 0])
    }

    @Test("times before 1980 are raised [install 25]")
    func case25() throws {
        var package = package
        package.file("old", [1], time: 0)
        package.file("new", [1], time: 1_700_000_000)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.time("old") == 315_532_800)
        #expect(try environment.time("new") == 1_700_000_000)
    }

    @Test("a hard link shares bytes and mode, the last entry's time counts [install 26]")
    func case26() throws {
        var package = package
        package.payload.file("a", "shared", mode: 0o600, time: 1_500_000_000)
        package.payload.hardlink("b", to: "a", time: 1_600_000_000)
        package.payload.file("unlisted", "other", mode: 0o640)
        package.payload.hardlink("c", to: "unlisted", time: 1_650_000_000)
        package.payload.file("patched", "P!", mode: 0o755)
        package.payload.hardlink("plain", to: "patched", time: 1_660_000_000)
        for name in ["a", "b", "c", "plain"] { package.listed(listed(name)) }
        package.listed(
            #"{"_path": "patched", "path_type": "hardlink", "prefix_placeholder": "P", "file_mode": "text"}"#)
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("a") == "shared" && environment.text("b") == "shared")
        #expect(try environment.mode("b") == 0o600)
        #expect(try environment.time("a") == 1_600_000_000 && environment.time("b") == 1_600_000_000)
        #expect(try environment.text("c") == "other" && environment.mode("c") == 0o640)
        #expect(try environment.time("c") == 1_650_000_000)
        #expect(try environment.text("patched") == "\(environment.path)!")
        #expect(try environment.text("plain") == "P!" && environment.mode("plain") == 0o755)
        #expect(try environment.entry("c", of: "p-1.0-0")?["size_in_bytes"]?.int64 == 5)
    }

    @Test("hard links to nothing or to the outside [install 27]", arguments: ["gone", "../../etc/passwd"])
    func case27(_ target: String) throws {
        var package = package
        package.payload.hardlink("b", to: target)
        package.listed(listed("b"))
        try pack.add(package)
        #expect(try pack.failure().contains("hard link 'b'"))
    }

    @Test("a file below a link that leads out [install 28]", arguments: ["../..", "/tmp", "loop"])
    func case28(_ target: String) throws {
        var package = package
        package.payload.symlink("loop", to: target)
        package.payload.file("loop/evil", "evil")
        try pack.add(package)
        #expect(try pack.failure().contains("'loop/evil' is below a symbolic link that leads out"))
    }

    @Test("a file below a link that stays inside [install 28]")
    func case28Inside() throws {
        var package = package
        package.payload.symlink("lib64", to: "lib")
        package.payload.file("lib64/x", "content")
        package.listed(listed("lib/x"))
        package.listed(listed("lib64/x"))
        try pack.add(package)
        let environment = try pack.unpack()
        #expect(try environment.text("lib/x") == "content")
        #expect(try environment.text("lib64/x") == "content")
    }

    @Test(
        "long names and names that are not ASCII [install 29]",
        arguments: [TarBuilder.LongNames.gnu, .pax, .ustarPrefix])
    func case29(_ form: TarBuilder.LongNames) throws {
        var package = package
        package.payload.longNames = form
        let path = String(repeating: "d/", count: 60) + String(repeating: "n", count: 79) + "é"
        package.file(path, "long")
        try pack.add(package)
        #expect(try pack.unpack().text(path) == "long")
    }

    @Test("a fifo becomes an empty file [install 30]")
    func case30() throws {
        var package = package
        package.payload.entry("fifo", type: "6", mode: 0o644)
        package.listed(listed("fifo"))
        try pack.add(package)
        #expect(try pack.unpack().bytes("fifo").isEmpty)
    }

    @Test("an empty folder that is not listed is not installed [install 31]")
    func case31() throws {
        var package = package
        package.payload.directory("empty")
        try pack.add(package)
        #expect(try !pack.unpack().exists("empty"))
    }

    @Test func aFolderListedAsFileIsRefused() throws {
        var package = package
        package.payload.directory("d")
        package.listed(listed("d"))
        try pack.add(package)
        #expect(try pack.failure().contains("'d' is a folder in the archive, but is listed as a file"))
    }
}
