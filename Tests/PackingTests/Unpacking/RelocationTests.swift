import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// `relocate`: an environment that is adapted to another path by its records.
@Suite struct RelocationTests {
    let pack: PackUnderTest

    init() throws { pack = try PackUnderTest() }

    private func relocate(_ path: ByteString, to prefix: String? = nil, from source: PackSource? = nil) throws {
        var options = Relocator.Options(environment: path)
        options.prefix = try prefix.map { try FinalPrefix(named: ByteString($0)) }
        options.pack = source
        let relocator = Relocator(options, reporter: pack.messages)
        try relocator.complete(try relocator.run())
    }

    /// Every file of the environment but the history, whose entries have times.
    private func contents(_ root: ByteString, _ folder: ByteString = "") throws -> [ByteString: [UInt8]] {
        var found: [ByteString: [UInt8]] = [:]
        for name in try Sys.list(root.appending(path: folder)) where name != "history" {
            let path = folder.isEmpty ? name : folder.appending(path: name)
            let full = root.appending(path: path)
            if try Sys.isDirectory(full) {
                found.merge(try contents(root, path)) { first, _ in first }
            } else {
                found[path] = try File.open(full).slice().readAll()
            }
        }
        return found
    }

    private func filled() throws -> Environment {
        try UnpackPrefixTests.fill(pack)
        var tool = CondaBuilder("tool", noarch: "python")
        let placeholder = UnpackPrefixTests.placeholder
        tool.file("site-packages/tool.py", "HOME = '\(placeholder)'\n", placeholder: placeholder)
        tool.info.file(
            "info/link.json",
            #"{"noarch": {"type": "python", "entry_points": ["tool = tool:main"]}, "package_metadata_version": 1}"#)
        try pack.add(tool, subdir: "noarch")
        var wheel = WheelBuilder("w", "1.0")
        wheel.add("w.py", "x = 1\n")
        wheel.entryPoints = "[console_scripts]\nw = w:main\n"
        try pack.directory.write(
            "pack/pypi/w-1.0-py3-none-any.whl",
            wheel.archive { "sha256=" + Base64.url.encode(SHA256Hasher.hash($0).bytes) })
        return try pack.unpack()
    }

    @Test(
        "equals an environment that was made at the new path",
        arguments: [
            "/n", "/opt/app/env", "/opt/my env", "/opt/a $b 'c'", "/opt/" + String(repeating: "long/", count: 11) + "x",
        ])
    func equalsFresh(_ path: String) throws {
        let environment = try filled()
        try relocate(environment.path, to: path)
        let final = try FinalPrefix(named: ByteString(path))
        let fresh = try pack.unpack {
            $0.prefix = final
            $0.environmentName = "fresh"
        }
        let (old, new) = (try contents(environment.path), try contents(fresh.path))
        #expect(Set(old.keys) == Set(new.keys))
        for (name, bytes) in new where !name.hasPrefix("conda-meta/") {
            #expect(old[name] == bytes, "\(name): \(String(decoding: old[name] ?? [], as: UTF8.self))")
        }
        let report = try EnvironmentVerifier(environment.path, reporter: pack.messages).verify()
        #expect(report.isClean && report.finalPrefix == final.path, "\(report)")
        let again = try pack.summary { $0.prefix = final }
        #expect(again.changes.changes.isEmpty && !again.changes.isMoved)
    }

    @Test("there and back is as it was, whatever forms first lines had between") func back() throws {
        let environment = try filled()
        let before = try contents(environment.path)
        for path in ["/opt/my env", "/opt/a $b 'c'", "/opt/" + String(repeating: "long/", count: 11) + "x", "/n"] {
            try relocate(environment.path, to: path)
        }
        try relocate(environment.path)
        let after = try contents(environment.path)
        for (name, bytes) in before { #expect(after[name] == bytes, "\(name)") }
    }

    /// conda names files of noarch packages as the package does, mamba leaves placeholders out.
    @Test(
        "files of packages that conda or mamba installed",
        arguments: [
            [(#""_path": "lib/python3.12/site-packages/"#, #""_path": "site-packages/"#)],
            [(#""prefix_placeholder""#, #""x""#), (#""file_mode""#, #""y""#)],
        ])
    func others(_ changes: [(String, String)]) throws {
        let environment = try filled()
        let path = environment.path.appending(path: "conda-meta/tool-1.0-0.json")
        var text = String(decoding: try File.open(path).slice().readAll(), as: UTF8.self)
        for (ours, theirs) in changes {
            #expect(text.contains(text: ours), "\(text)")
            text = text.replacing(text: ours, with: theirs)
        }
        try pack.directory.write("out/env/conda-meta/tool-1.0-0.json", text)
        try relocate(environment.path, to: "/n")
        #expect(try environment.text("lib/python3.12/site-packages/tool.py") == "HOME = '/n'\n")
        #expect(
            try environment.record("tool-1.0-0")["paths_data"]?["paths"]?.elements?.contains { row in
                row["sha256_in_prefix"]?.string == SHA256Hasher.hash(Array("HOME = '/n'\n".utf8)).hex
            } == true)
    }

    @Test("a moved environment is adapted to where it is") func moved() throws {
        let environment = try filled()
        let place = pack.directory("elsewhere")
        try Sys.rename(environment.path, to: place)
        #expect(try !EnvironmentVerifier(place, reporter: pack.messages).verify().isClean)
        try relocate(place)
        #expect(try EnvironmentVerifier(place, reporter: pack.messages).verify().isClean)
    }

    @Test("what a person wrote into a text stays") func edited() throws {
        let environment = try filled()
        let mine = "#!\(environment.path)/bin/python3.12 -I\n# mine: \(environment.path)2 \(environment.path)/x\n"
        try pack.directory.write("out/env/bin/app", Array(mine.utf8))
        try relocate(environment.path, to: "/opt/app/env")
        #expect(
            try environment.text("bin/app")
                == "#!/opt/app/env/bin/python3.12 -I\n# mine: \(environment.path)2 /opt/app/env/x\n")
    }

    @Test("a binary file without room, or that was changed, is listed before anything changes; a pack makes it anew")
    func impossible() throws {
        let environment = try filled()
        let before = try contents(environment.path)
        let long = "/" + String(repeating: "x", count: 100)
        let failure = #expect(throws: Failure.self) { try relocate(environment.path, to: long) }
        #expect("\(String(describing: failure))".contains("lib/app.so"))
        try pack.directory.write("out/env/lib/app.so", Array("\0\(environment.path)/lib\0changed".utf8))
        #expect(throws: Failure.self) { try relocate(environment.path, to: "/opt/app/env") }
        #expect(try environment.text("bin/app") == String(decoding: before["bin/app"] ?? [], as: UTF8.self))
        try relocate(environment.path, to: "/opt/app/env", from: .path(pack.directory("pack")))
        #expect(try environment.text("lib/app.so").hasPrefix("\0/opt/app/env/lib:/opt/app/env/x\0"))
        #expect(try EnvironmentVerifier(environment.path, reporter: pack.messages).verify().isClean)
    }
}
