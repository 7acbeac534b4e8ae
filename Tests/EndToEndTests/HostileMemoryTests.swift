import Support
import TestKit
import Testing

/// Packs of kilobytes that would take gigabytes or minutes of whoever believes them: each ends within the bounds of
/// `HostileYard`, with a message or an environment.
@Suite("Hostile packs: memory and time") struct HostileMemoryTests {
    let yard: HostileYard

    init() throws { yard = try HostileYard() }

    private func python() -> (String, [UInt8]) {
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python")
        return ("python-3.12.1-0", python.conda())
    }

    private func pack(_ wheel: WheelBuilder) throws -> TarBuilder {
        var tar = try yard.packTar(python())
        tar.file("pypi/\(wheel.fileName)", wheel.archive { _ in "" })
        return tar
    }

    private func listed(_ path: String) -> String { #"{"_path": "\#(path)", "path_type": "hardlink"}"# }

    @Test("paths longer than any file system has")
    func longPaths() throws {
        var package = CondaBuilder("p")
        package.listed(listed(String(repeating: "a/", count: 20_000) + "f"))
        let message = try yard.refused(yard.packTar(package.conda()))
        #expect(message.contains("more than 4095"), "\(message.prefix(500))")
        #expect(message.utf8.count < 2000)
    }

    @Test("thousands of deep paths")
    func deepPaths() throws {
        var package = CondaBuilder("p")
        for number in 0..<500 { package.listed(listed("d\(number)/" + String(repeating: "a/", count: 1500) + "f")) }
        let message = try yard.refused(yard.packTar(package.conda()))
        #expect(message.contains("its folders have names of more than 33554432 bytes"), "\(message.prefix(500))")
    }

    @Test("deep names in the outer tar and in wheels")
    func deepNames() throws {
        var tar = try yard.packTar(yard.harmless())
        for number in 0..<500 {
            tar.entry(
                "x", type: "0", pax: [("path", "d\(number)/" + String(repeating: "a/", count: 1500) + "f")])
        }
        #expect(try yard.refused(tar).contains("its folders have names"))
        var wheel = WheelBuilder()
        for number in 0..<500 { wheel.add("d\(number)/" + String(repeating: "a/", count: 1500) + "f.py", "") }
        #expect(try yard.refused(pack(wheel)).contains("its folders have names"))
    }

    @Test("lists of nothing in JSON", arguments: ["[],", "0,", "{},", "[[]],"])
    func nodes(_ element: String) throws {
        var package = CondaBuilder("p")
        package.info.file(
            "info/paths.json",
            #"{"paths_version": 1, "paths": [], "x": [\#(String(repeating: element, count: 2_000_000))0]}"#)
        let tar = try yard.packTar(package.conda())
        try yard.unpackWithoutHarm(tar)
    }

    @Test("more text than the archive could hold")
    func longText() throws {
        var package = CondaBuilder("p")
        package.info.file("info/paths.json", [UInt8](repeating: 0x20, count: 120 << 20))
        #expect(try yard.refused(yard.packTar(package.conda())).contains("more than the"))
    }

    @Test("rows of RECORD without a file", arguments: [",,\n", "a\n", "x,,\ny\n"])
    func rows(_ row: String) throws {
        var wheel = WheelBuilder()
        wheel.record = .text(String(repeating: row, count: (7 << 20) / row.utf8.count))
        try yard.unpackWithoutHarm(pack(wheel))
        wheel.record = .text(String(repeating: row, count: (60 << 20) / row.utf8.count))
        #expect(try yard.refused(pack(wheel)).contains("more than the"))
    }

    @Test("a header of METADATA with a million lines")
    func foldedHeader() throws {
        var wheel = WheelBuilder()
        wheel.metadata = .text("Name: pkg\nVersion: 1.0\nSummary: a\n" + String(repeating: " a\n", count: 2_000_000))
        try yard.unpackWithoutHarm(pack(wheel), mustSucceed: true)
        wheel.metadata = .text("Name: pkg\nVersion: 1.0\n" + String(repeating: " a\n", count: 2_000_000))
        let message = try yard.refused(pack(wheel))
        #expect(message.utf8.count < 2000)
    }

    @Test("markers that are a chain, and as deep as they like", arguments: [" and ", " or "])
    func markers(_ word: String) throws {
        let condition = "python_version > '3'"
        let chain = Array(repeating: condition, count: 100_000).joined(separator: word)
        let deep = String(repeating: "(", count: 100_000) + condition + String(repeating: ")", count: 100_000)
        for marker in [chain, deep] {
            var wheel = WheelBuilder()
            wheel.metadata = .text("Name: pkg\nVersion: 1.0\nRequires-Dist: x; \(marker)\n")
            try yard.directory.write("work/pack.tar", pack(wheel).finish())
            let outcome = try yard.bounded(["inspect", "--tree", "pack.tar"], in: "work")
            #expect(outcome.status == 0, "\(outcome.errors.prefix(500))")
        }
    }

    @Test("what an empty or a short placeholder adds counts")
    func placeholders() throws {
        for placeholder in ["", "a"] {
            var package = CondaBuilder("p")
            package.file(
                "f", [UInt8](repeating: UInt8(ascii: "a"), count: 32 << 20), placeholder: placeholder)
            let refusal = try yard.refused(yard.packTar(package.conda()), options: ["--max-unpacked-size", "64M"])
            #expect(refusal.contains("bytes allowed"), "\(refusal.prefix(500))")
        }
    }

    @Test("links through links through links")
    func links() throws {
        var package = CondaBuilder("p")
        let deep = Array(repeating: "d", count: 1000).joined(separator: "/")
        package.symlink("l0", to: deep)
        for number in 1..<35 { package.symlink("l\(number)", to: "l\(number - 1)/../\(deep)") }
        for number in 0..<3000 {
            package.payload.file("l34/\(number)/f", "")
            package.listed(listed("l34/\(number)/f"))
        }
        try yard.unpackWithoutHarm(yard.packTar(package.conda()))
    }

    @Test("thousands of files that nobody lists")
    func unlisted() throws {
        var package = CondaBuilder("p")
        for number in 0..<9000 {
            package.payload.entry("x", type: "0", pax: [("path", "\(number)" + String(repeating: "n", count: 3000))])
        }
        let message = try yard.refused(yard.packTar(package.conda()))
        #expect(message.contains("it has more unlisted files"), "\(message.prefix(500))")
    }

    @Test("one file that comes again thousands of times")
    func repeats() throws {
        for (count, isRefused) in [(900, false), (20_000, true)] {
            var package = CondaBuilder("p")
            package.file("f", "")
            for _ in 0..<count { package.payload.file("f", "x") }
            let tar = try yard.packTar(package.conda())
            if isRefused {
                #expect(try yard.refused(tar).contains("it has the same files again and again"))
            } else {
                try yard.unpackWithoutHarm(tar, mustSucceed: true)
            }
        }
    }

    @Test("texts that describe a pack with more than any has")
    func largeTexts() throws {
        // Nearly what may be; a build for debugging would take minutes.
        let count = Executable.isDebugBuild || Sanitizer.isActive ? 10_000 : 110_000
        let manifest = #"{"version": "1", "pixi-pack-version": "0.8.0", "platform": "linux-64""#
        func contents(_ form: String, _ member: String) -> String {
            let files = (0..<count).map {
                #""channel/linux-64/a\#($0)-1-0.conda": {"size": 1, "sha256": "\#(String(repeating: "0", count: 64))"}"#
            }
            let text = manifest.replacing(#""version": "1""#, with: #""version": "\#(form)""#)
            return text + #", "contents": {"environment": "default", \#(member): {\#(files.joined(separator: ","))}}}"#
        }
        let records = (0..<count).map {
            #""a\#($0)-1-0.conda": {"name": "a\#($0)", "version": "1", "build": "0", "build_number": 0, "subdir": "linux-64"}"#
        }
        let index = #"{"packages.conda": {\#(records.joined(separator: ","))}}"#
        let wheels = "dependencies:\n- pip:\n" + (0..<1_000_000).map { "  - a\($0)==1\n" }.joined()
        let few = "dependencies:\n- pip:\n" + (0..<90_000).map { "  - a\($0)==1\n" }.joined()
        let empty = #"{"packages.conda": {}}"#
        let plain = manifest + "}"
        let packs: [(manifest: String, index: String, environment: String?, said: String)] = [
            (contents("1", #""files""#), empty, nil, "'channel/linux-64/a0-1-0.conda' is missing in the pack"),
            // What no index names is not asked for.
            (contents("delta-1", #""files": {}, "requires""#), empty, nil, ""),
            (plain, index, nil, "the pack has no 'channel/linux-64/a0-1-0.conda'"),
            (plain, empty + String(repeating: " ", count: 17 << 20), nil, "more than 16 MB"),
            (plain, empty, wheels, "names more than 100000 wheels"),
            (plain, empty, few, "and 89980 more"),
        ]
        for (manifest, index, environment, said) in packs {
            var tar = TarBuilder()
            tar.file("pixi-pack.json", manifest)
            if let environment { tar.file("environment.yml", environment) }
            tar.file("channel/linux-64/repodata.json", index)
            let file = try yard.directory.write("large.tar", tar.finish()).lossyString
            let outcome = try yard.bounded(["-o", yard.directory("large").lossyString, file])
            #expect(
                outcome.hasFailed == !said.isEmpty && outcome.errors.contains(said), "\(outcome.errors.prefix(500))")
            for command in ["verify", "inspect", "list"] {
                let outcome = try yard.bounded([command, file])
                #expect(outcome.status == 0 || outcome.hasFailed, "\(command): \(outcome.errors.prefix(500))")
            }
        }
    }

    @Test("an error never repeats a long value")
    func longValues() throws {
        for name in [String(repeating: "n", count: 100_000), String(repeating: "n o ", count: 30_000)] {
            var tar = try yard.packTar(yard.harmless())
            tar.file(
                "channel/linux-64/repodata.json",
                #"{"packages.conda": {"\#(name)": {"name": "\#(name)", "version": "\#(name)"}}}"#)
            #expect(try yard.refused(tar).utf8.count < 2000)
        }
    }

    @Test("a limit on the size of files is an error like others")
    func fileSize() throws {
        var package = CondaBuilder("p")
        package.file("f", [UInt8](repeating: 65, count: 4 << 20))
        try yard.directory.write("work/pack.tar", yard.packTar(package.conda()).finish())
        let outcome = try ChildProcess.run(
            ["/bin/sh", "-c", "ulimit -f 2048; exec \(Executable.pack) unpack -o out pack.tar"],
            environment: ["HOME": yard.directory.path.lossyString, "SWIFT_BACKTRACE": "enable=no"],
            in: yard.directory("work"))
        #expect(outcome.hasFailed && outcome.errors.contains("File too large"), "\(outcome.errors)")
        #expect(outcome.errors.contains("Hint: Allow larger files"), "\(outcome.errors)")
        #expect(try !Sys.exists(yard.directory("work/out")) || Sys.list(yard.directory("work/out")).isEmpty)
    }
}
