import Support
import TestKit
import Testing

/// Packs made to do harm: each is refused with a message or unpacked without it, in bounded time and memory, and nothing
/// is written outside of the environment.
@Suite("Hostile packs") struct HostilePackTests {
    let yard: HostileYard

    init() throws { yard = try HostileYard() }

    // MARK: The outer tar

    @Test(
        "members of the outer tar that lead out, are links, devices or twice there",
        arguments: ["../evil", "/tmp/evil", "channel/../../evil", "a/./../../evil"])
    func outerPaths(_ name: String) throws {
        for type: Character in ["0", "1", "2", "3", "4", "5", "6", "7", "S"] {
            var tar = try yard.packTar(yard.harmless())
            tar.entry(name, type: type, link: "../../evil")
            tar.entry("channel/x", type: type, link: "../../evil")
            tar.file("channel/x/evil", "evil")
            tar.file("pixi-pack.json", HostileYard.manifest)
            try yard.unpackWithoutHarm(tar)
        }
    }

    @Test("sizes that no file has", arguments: [Int64(1) << 40, 1 << 62, .max])
    func outerSizes(_ size: Int64) throws {
        for type: Character in ["0", "L", "K", "x", "g"] {
            var tar = try yard.packTar(yard.harmless())
            tar.entry("big", type: type, size: size)
            try yard.refused(tar)
        }
    }

    // MARK: The tar in a package

    private func refused(_ package: CondaBuilder, _ message: String, options: [String] = []) throws {
        let outcome = try yard.refused(yard.packTar(package.conda()), options: options)
        #expect(outcome.contains(message), "\(outcome)")
    }

    private func listed(_ path: String, _ type: String = "hardlink") -> String {
        #"{"_path": "\#(path)", "path_type": "\#(type)"}"#
    }

    @Test("paths.json cannot name what is outside", arguments: ["../../evil", "/tmp/evil", "a/../../../evil", ""])
    func listedPaths(_ path: String) throws {
        var package = CondaBuilder("p")
        package.payload.file(path, "evil")
        package.listed(listed(path))
        try refused(package, "Error: ")
    }

    @Test("a link that leads out is not written through", arguments: ["../../..", "/tmp"])
    func writeThrough(_ target: String) throws {
        var package = CondaBuilder("p")
        package.payload.symlink("d", to: target)
        package.payload.file("d/evil", "evil")
        package.listed(listed("d", "softlink"))
        package.listed(listed("d/evil"))
        try refused(package, "Error: ")
    }

    @Test("nor is one that another package brought", arguments: ["../../..", "/tmp"])
    func writeThroughAnother(_ target: String) throws {
        var first = CondaBuilder("a")
        first.symlink("share/d", to: target)
        var second = CondaBuilder("b")
        second.file("share/d/evil", "evil")
        try yard.unpackWithoutHarm(yard.packTar(("a-1.0-0", first.conda()), ("b-1.0-0", second.conda())))
    }

    @Test("hard links to the outside", arguments: ["../../../victim", "/etc/passwd"])
    func hardLinks(_ target: String) throws {
        var package = CondaBuilder("p")
        package.payload.hardlink("h", to: target)
        package.listed(listed("h"))
        try refused(package, "hard link 'h'")
    }

    @Test("devices and fifos become empty files, special bits are dropped")
    func devices() throws {
        var package = CondaBuilder("p")
        for (name, type) in [("char", "3"), ("block", "4"), ("fifo", "6")] as [(String, Character)] {
            package.payload.entry(name, type: type, mode: 0o6666)
            package.listed(listed(name))
        }
        package.file("setuid", Array("x".utf8), mode: 0o6755)
        package.file("sticky", Array("x".utf8), mode: 0o1777)
        try yard.unpackWithoutHarm(yard.packTar(package.conda()), mustSucceed: true)
        for name in ["char", "block", "fifo", "setuid", "sticky"] {
            let mode = try Sys.stat(yard.directory("work/out/env/\(name)"), followLinks: false).st_mode
            #expect(mode & 0o170000 == 0o100000 && mode & 0o7000 == 0, "\(name)")
        }
    }

    @Test("the later of two files of one name counts; nothing is left of the other")
    func duplicates() throws {
        var package = CondaBuilder("p")
        package.payload.file("f", "first and longer")
        package.payload.file("f", "second")
        package.listed(listed("f"))
        try yard.unpackWithoutHarm(yard.packTar(package.conda()))
    }

    @Test("sizes, names and holes of absurd length in a package")
    func absurdEntries() throws {
        var size = CondaBuilder("p")
        size.payload.entry("f", type: "0", size: 1 << 40)
        size.listed(listed("f"))
        try refused(size, "Error: ")
        var name = CondaBuilder("p")
        name.payload.entry("x", type: "0", pax: [("path", String(repeating: "n/", count: 4 << 20))])
        name.listed(listed("x"))
        try refused(name, "Error: ")
        var holes = CondaBuilder("p")
        holes.payload.entry(
            "f", type: "0",
            pax: [
                ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "f"),
                ("GNU.sparse.realsize", "\(Int64(1) << 50)"),
            ])
        holes.listed(listed("f"))
        try refused(holes, "Error: ")
    }

    // MARK: Bombs

    /// A package with `count` hard links to one file, which all are to be patched; `placeholder` gives the place to replace.
    private func manyLinks(_ count: Int, size: Int = 0, placeholder: (Int) -> String) -> CondaBuilder {
        var package = CondaBuilder("p")
        package.payload.file("f", Array("/opt/placeholder".utf8) + [UInt8](repeating: 0x20, count: size))
        package.listed(listed("f"))
        for id in 0..<count {
            package.payload.hardlink("l\(id)", to: "f")
            package.listed(
                #"{"_path": "l\#(id)", "path_type": "hardlink", "file_mode": "text", "#
                    + #""prefix_placeholder": "\#(placeholder(id))"}"#)
        }
        return package
    }

    @Test("many patched hard links of one file are made in one reading")
    func manyLinksOfOneFile() throws {
        let package = manyLinks(8000) { _ in "/opt/placeholder" }
        try yard.unpackWithoutHarm(yard.packTar(package.conda()), mustSucceed: true)
        #expect(try yard.directory.read("work/out/env/l7999") == yard.directory("work/out/env").bytes)
    }

    @Test("copies of hard links count as what the package unpacks to")
    func manyCopies() throws {
        let package = manyLinks(8000, size: 1 << 20) { _ in "/opt/placeholder" }
        try refused(package, "it unpacks to more than the 268435456 bytes allowed")
    }

    @Test("a package that would have to be read again thousands of times is refused")
    func manyReadings() throws {
        let package = manyLinks(8000) { "/opt/placeholder\($0)" }
        try refused(
            package, "'l64' is the same file as 64 other files, and each of them has to be adapted in another way")
    }

    @Test("a zstd bomb stops at what is usual, or at what was said")
    func zstdBomb() throws {
        let archive = HostileYard.bomb(gigabytes: 4)
        let outcome = try yard.refused(yard.packTar(archive))
        #expect(outcome.contains("it unpacks to more than the 268435456 bytes allowed"), "\(outcome)")
        #expect(outcome.contains("--max-unpacked-size"))
        let less = try yard.refused(yard.packTar(archive), options: ["--max-unpacked-size", "1M"])
        #expect(less.contains("it unpacks to more than the 1048576 bytes allowed"), "\(less)")
    }

    @Test("a bzip2 bomb too")
    func bzip2Bomb() throws {
        var package = CondaBuilder("p")
        package.listed(listed("zeros"))
        var tar = TarBuilder()
        tar.entry("zeros", type: "0", size: 4 << 30)
        let start = package.tar()
        let zeros = Compression.bzip2([UInt8](repeating: 0, count: 16 << 20))
        let archive =
            Compression.bzip2(Array(start.dropLast(1024)) + tar.unfinished)
            + (0..<20).flatMap { _ in zeros }
        let outcome = try yard.refused(yard.packTar(("p-1.0-0", archive), ending: ".tar.bz2"))
        #expect(outcome.contains("bytes allowed") || outcome.contains("Error: "), "\(outcome)")
    }

    @Test("wheels count as well")
    func deflateBomb() throws {
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        var wheel = WheelBuilder()
        wheel.add("pkg/zeros", [UInt8](repeating: 0, count: 8 << 20))
        var tar = try yard.packTar(("python-3.12.1-0", python.conda()))
        tar.file("pypi/\(wheel.fileName)", wheel.archive { _ in "" })
        let outcome = try yard.refused(tar, options: ["--max-unpacked-size", "1M"])
        #expect(outcome.contains("more than the 1048576"), "\(outcome)")
    }

    @Test("JSON a million levels deep", arguments: ["pixi-pack.json", "repodata.json", "paths.json", "link.json"])
    func deepJSON(_ place: String) throws {
        let deep = String(repeating: "[", count: 1_000_000)
        var package = CondaBuilder("p", noarch: place == "link.json" ? "python" : nil)
        package.info.file("info/\(place)", deep)
        var tar = try yard.packTar(package.conda())
        if place == "pixi-pack.json" { tar.file(place, deep) }
        if place == "repodata.json" { tar.file("channel/linux-64/repodata.json", deep) }
        let outcome = try yard.refused(tar)
        #expect(outcome.contains("nested deeper than 128"), "\(outcome)")
    }

    // MARK: Names in metadata

    @Test("entry points are files of bin", arguments: ["../../evil", "/tmp/evil", "a/b", ".."])
    func entryPoints(_ name: String) throws {
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        var package = CondaBuilder("p", noarch: "python")
        package.info.file(
            "info/link.json",
            #"{"noarch": {"type": "python", "entry_points": ["\#(name) = a:b"]}, "package_metadata_version": 1}"#)
        try yard.unpackWithoutHarm(
            yard.packTar(("python-3.12.1-0", python.conda()), ("p-1.0-0", package.conda())))
        var wheel = WheelBuilder()
        wheel.entryPoints = "[console_scripts]\n\(name) = a:b\n"
        var tar = try yard.packTar(("python-3.12.1-0", python.conda()))
        tar.file("pypi/\(wheel.fileName)", wheel.archive { _ in "" })
        try yard.unpackWithoutHarm(tar)
    }

    @Test(
        "members and RECORD of a wheel",
        arguments: [
            "../../../../evil", "/tmp/evil", "pkg-1.0.data/scripts/../../../../../evil", "pkg-1.0.data/data/../../evil",
        ])
    func wheelPaths(_ name: String) throws {
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        for isRecordOnly in [false, true] {
            var wheel = WheelBuilder()
            if isRecordOnly {
                wheel.record = .text("\(name),,\n{S}.dist-info/RECORD,,\n")
            } else {
                wheel.add(name, "evil")
            }
            var tar = try yard.packTar(("python-3.12.1-0", python.conda()))
            tar.file("pypi/\(wheel.fileName)", wheel.archive { _ in "" })
            try yard.unpackWithoutHarm(tar)
        }
    }

    @Test(
        "variables are set, not run",
        arguments: ["A$(touch evil)", "A;touch evil;B", "A`touch evil`", "A\\ntouch evil", "A=b touch evil"])
    func variableNames(_ name: String) throws {
        // A value with a dollar sign is meant to be expanded when the script runs.
        let values = name.contains("$") ? [] : [name, "'\(name)'"]
        for (name, value) in [(name, "1")] + values.map({ ("OK", $0) }) {
            var package = CondaBuilder("p")
            package.file("etc/conda/env_vars.d/p.json", #"{"\#(name)": "\#(value)"}"#)
            try yard.unpackWithoutHarm(yard.packTar(package.conda()), thenSource: true)
        }
    }

    // MARK: Lock files

    @Test("a lock file of a gigabyte, and one of aliases of aliases")
    func locks() throws {
        try yard.directory.write("lock/pixi.lock", "version: 6\nenvironments: \"")
        let file = File(descriptor: try Sys.open(yard.directory("lock/pixi.lock"), 1), path: "lock")
        try Sys.truncate(file.descriptor, to: 1 << 30)
        let huge = try yard.bounded(["list", "lock"], personality: "pixi-pack")
        #expect(huge.hasFailed && huge.errors.contains("more than 536870912"), "\(huge.errors)")
        var bomb = "version: 6\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            bomb += "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        try yard.directory.write("lock/pixi.lock", bomb)
        let aliases = try yard.bounded(["list", "lock"], personality: "pixi-pack")
        #expect(aliases.hasFailed && aliases.errors.contains("aliases expand to more than"), "\(aliases.errors)")
    }
}
