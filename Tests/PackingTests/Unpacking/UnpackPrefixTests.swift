import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// `--prefix`: an environment that is written at one place and names another one.
@Suite struct UnpackPrefixTests {
    let pack: PackUnderTest
    static let final = "/opt/app/env"
    static let placeholder = "/placeholder" + String(repeating: "_", count: 60)

    init() throws { pack = try PackUnderTest() }

    /// Text, binary, an entry point and a Python.
    static func fill(_ pack: PackUnderTest, subdir: String = PackUnderTest.subdir) throws {
        var python = CondaBuilder("python", version: "3.12.1")
        python.file("bin/python3.12", "python", mode: 0o755)
        try pack.add(python, subdir: subdir)
        var app = CondaBuilder("app")
        app.file(
            "bin/app", "#!\(placeholder)/bin/python3.12 -I\nhome = '\(placeholder)'\n", mode: 0o755,
            placeholder: placeholder)
        app.file("bin/perl", "#!\(placeholder)/bin/perl -w\n", mode: 0o755, placeholder: placeholder)
        for (name, line) in [
            ("outside", "/usr/bin/env \(placeholder)/bin/app"), ("words", "/usr/bin/env -S \(placeholder)/bin/app -x"),
            ("arguments", "\(placeholder)/bin/perl -w -I\(placeholder)/lib"),
            ("python", "\(placeholder)/bin/python3.12 -I \(placeholder)/lib"),
        ] {
            app.file("libexec/\(name)", "#!\(line)\n# coding: latin-1\n1\n", mode: 0o755, placeholder: placeholder)
        }
        app.file(
            "lib/app.so", Array("\0\(placeholder)/lib:\(placeholder)/x\0tail\0".utf8), placeholder: placeholder,
            fileMode: "binary")
        app.file("etc/conda/env_vars.d/app.json", "{\"APP\": \"1\"}")
        try pack.add(app, subdir: subdir)
    }

    private func unpack(_ configure: (inout UnpackOptions) -> Void = { _ in }) throws -> Environment {
        let final = try FinalPrefix(named: ByteString(Self.final))
        return try pack.unpack {
            $0.prefix = final
            configure(&$0)
        }
    }

    @Test("files, scripts and the activation name the final path, and nothing names the place") func names() throws {
        try Self.fill(pack)
        let environment = try unpack()
        #expect(try environment.text("bin/app") == "#!/opt/app/env/bin/python3.12 -I\nhome = '/opt/app/env'\n")
        let binary = try environment.text("lib/app.so")
        #expect(binary.hasPrefix("\0/opt/app/env/lib:/opt/app/env/x\0"))
        #expect(binary.utf8.count == "\0/lib:/x\0tail\0".utf8.count + 2 * Self.placeholder.utf8.count)
        let script = try File.open(pack.directory("out/activate.sh")).slice().readAll()
        #expect(String(decoding: script, as: UTF8.self).contains("/opt/app/env"))
        let place = pack.directory.path.bytes
        for name in ["bin/app", "conda-meta/history", "conda-meta/app-1.0-0.json"] {
            #expect(!ByteSearch.contains(try environment.bytes(name), place), "\(name)")
        }
        #expect(!ByteSearch.contains(script, place))
    }

    @Test("verifying knows where it will be used, and finds nothing wrong") func verify() throws {
        try Self.fill(pack)
        let environment = try unpack()
        let report = try EnvironmentVerifier(environment.path, reporter: pack.messages).verify()
        #expect(report.isClean)
        #expect(report.finalPrefix == ByteString(Self.final))
        #expect(report.madeFor == nil)
    }

    @Test("unpacking again with the same path leaves all as it is; with another one it is made again")
    func again() throws {
        try Self.fill(pack)
        _ = try unpack()
        let final = try FinalPrefix(named: ByteString(Self.final))
        let same = try pack.summary { $0.prefix = final }
        #expect(same.changes.changes.isEmpty && !same.changes.isMoved)
        let other = try FinalPrefix(named: "/srv/env")
        let environment = try pack.unpack { $0.prefix = other }
        #expect(try environment.text("bin/app").hasPrefix("#!/srv/env/bin/python3.12 -I"))
    }

    @Test("packs for other Unix platforms are installed; for Windows they are refused by name")
    func platforms() throws {
        for platform in [Platform.linuxAarch64, .osx64, .osxArm64] {
            let pack = try PackUnderTest()
            pack.manifest = #"{"version": "1", "platform": "\#(platform.rawValue)"}"#
            try Self.fill(pack, subdir: platform.rawValue)
            let final = try FinalPrefix(named: "/opt/app/env")
            let environment = try pack.unpack { $0.prefix = final }
            #expect(try environment.text("bin/app").hasPrefix("#!/opt/app/env/bin/python3.12"))
            #expect(pack.messages.all.contains { $0.contains("codesign") } == (platform == .osxArm64))
        }
        pack.manifest = #"{"version": "1", "platform": "win-64"}"#
        try Self.fill(pack, subdir: "win-64")
        let final = try FinalPrefix(named: "/opt/app/env")
        #expect(try pack.failure { $0.prefix = final }.contains("win-64"))
    }

    @Test("what is no path of an environment is refused", arguments: ["opt/env", "/", "/a/../b", "/a:b", "/a\nb", ""])
    func refused(_ path: String) {
        #expect(throws: Failure.self) { try FinalPrefix(named: ByteString(path)) }
    }

    @Test("dots and doubled slashes of the path go") func normal() throws {
        #expect(try FinalPrefix(named: "//opt/./app//env/").path == "/opt/app/env")
    }

    @Test("a path without room in binary files is refused before anything is written") func room() throws {
        try Self.fill(pack)
        let final = try FinalPrefix(named: ByteString("/" + String(repeating: "x", count: 100)))
        #expect(try pack.failure { $0.prefix = final }.contains("room"))
    }
}
