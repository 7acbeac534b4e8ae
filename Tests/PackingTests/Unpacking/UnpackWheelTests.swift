import CondaModel
import Install
import Support
import TestKit
import Testing

@testable import Packing

/// docs/spec/install.md#wheels and #activation in a whole unpack: wheels beside conda packages, and activation scripts.
@Suite struct UnpackWheelTests {
    let pack: PackUnderTest

    init() throws {
        pack = try PackUnderTest()
        try pack.addPython()
    }

    private func add(_ wheel: WheelBuilder) throws {
        let bytes = wheel.archive { _ in "" }
        try pack.directory.write("pack/pypi/\(wheel.fileName)", bytes)
    }

    private static let site = "lib/python3.12/site-packages"

    @Test("a wheel's file replaces a conda package's, with any number of workers [install 128]")
    func replacing() throws {
        var conda = CondaBuilder("conda-side")
        for index in 0..<50 { conda.file("\(Self.site)/both/\(index).py", "conda", mode: 0o600) }
        conda.file("bin/tool", "conda", mode: 0o700)
        conda.file("share/kept", "kept")
        try pack.add(conda)
        var wheel = WheelBuilder("both")
        for index in 0..<50 { wheel.add("both/\(index).py", "wheel") }
        wheel.entryPoints = "[console_scripts]\ntool = both:main\n"
        try add(wheel)
        var records: Set<String> = []
        for jobs in [1, 2, 16] {
            let environment = try pack.unpack {
                $0.jobs = jobs
                $0.force = true
            }
            for index in 0..<50 {
                #expect(try environment.text("\(Self.site)/both/\(index).py") == "wheel")
                #expect(try environment.mode("\(Self.site)/both/\(index).py") == 0o644)
            }
            #expect(try environment.text("bin/tool").contains("from both import main"))
            #expect(try environment.mode("bin/tool") == 0o755)
            #expect(try environment.text("share/kept") == "kept")
            #expect(try environment.files("conda-side-1.0-0").count == 52)
            records.insert(
                try environment.text("conda-meta/conda-side-1.0-0.json")
                    + environment.text("\(Self.site)/both-1.0.dist-info/RECORD"))
        }
        #expect(records.count == 1)
    }

    @Test("direct_url.json names where a wheel was, unless that is an index [install 121]")
    func directURL() throws {
        try add(WheelBuilder("some"))
        try add(WheelBuilder("other"))
        try add(WheelBuilder("third"))
        try add(WheelBuilder("fourth"))
        try pack.list(
            [
                "pypi/some-1.0-py3-none-any.whl": #""url": "https://index.example/some-1.0-py3-none-any.whl""#,
                "pypi/other-1.0-py3-none-any.whl": #""direct": "https://u:secret@h/other-1.0-py3-none-any.whl""#,
                "pypi/third-1.0-py3-none-any.whl": #""direct": "./wheels/third-1.0-py3-none-any.whl""#,
                "pypi/fourth-1.0-py3-none-any.whl": #""direct": "/w/fourth-1.0-py3-none-any.whl""#,
            ], requested: "[]")
        let environment = try pack.unpack()
        func text(_ name: String, _ file: String = "direct_url.json") throws -> String? {
            let path = "\(Self.site)/\(name)-1.0.dist-info/\(file)"
            return try environment.exists(path) ? environment.text(path) : nil
        }
        #expect(try text("some") == nil)
        #expect(try text("some", "uv_cache.json") == nil)
        #expect(try text("some", "INSTALLER") == "uv")
        #expect(try text("other") == #"{"url":"https://h/other-1.0-py3-none-any.whl","archive_info":{}}"#)
        #expect(try text("third") == nil)
        #expect(
            try text("fourth") == #"{"url":"file:///w/fourth-1.0-py3-none-any.whl","archive_info":{}}"#)
        #expect(try pack.summary { _ in }.changes.changes.isEmpty)
        let state = try #require(try EnvironmentState.read(environment.path))
        #expect(state.wheels.compactMap(\.url) == ["https://index.example/some-1.0-py3-none-any.whl"])
    }

    @Test func whatWheelsTakeFromOthersIsSaid() throws {
        var first = WheelBuilder("first")
        first.add("shared.py", "1")
        var second = WheelBuilder("second")
        second.add("shared.py", "2")
        try add(first)
        try add(second)
        var conda = CondaBuilder("conda-side")
        conda.file("\(Self.site)/shared.py", "conda")
        try pack.add(conda)
        _ = try pack.unpack()
        #expect(
            pack.messages.all.contains(
                "1 path is in more than one wheel, entry point or package; what lost is not installed (-v lists them)."),
            "\(pack.messages.all)")
        #expect(
            pack.messages.all.contains(
                "'\(Self.site)/shared.py' is that of second-1.0-py3-none-any.whl, not of conda-side, "
                    + "first-1.0-py3-none-any.whl."), "\(pack.messages.all)")
    }

    @Test("a conda folder, file or link in a wheel's way is an error before anything is written [install 128]")
    func inTheWay() throws {
        for (path, reason) in [
            ("\(Self.site)/some.py/x", "a package has a folder in its place"),
            ("\(Self.site)/some", "package 'blocker' has a file in place of its folder"),
        ] {
            let pack = try PackUnderTest()
            try pack.addPython()
            var blocker = CondaBuilder("blocker")
            blocker.file(path, "x")
            try pack.add(blocker)
            var wheel = WheelBuilder("some")
            wheel.add("some.py", "")
            wheel.add("some/x.py", "")
            try pack.directory.write("pack/pypi/\(wheel.fileName)", wheel.archive { _ in "" })
            #expect(try pack.failure().contains(reason))
        }
    }

    @Test("a wheel for another platform, refused or installed [install 113]")
    func foreign() throws {
        var wheel = WheelBuilder("some")
        wheel.tag = "cp39-cp39-win_amd64"
        try add(wheel)
        #expect(try pack.failure().contains("it is built for win_amd64, not for \(Platform.current.rawValue)"))
        let environment = try pack.unpack { $0.checksWheelTags = false }
        #expect(try environment.exists("\(Self.site)/some-1.0.dist-info/METADATA"))
    }

    @Test("a wheel that is not what its RECORD says is named and installed; it is an error if that is asked for")
    func damaged() throws {
        var wheel = WheelBuilder("some")
        wheel.add("some.py", "x")
        let bytes = wheel.archive { _ in "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" }
        try pack.directory.write("pack/pypi/\(wheel.fileName)", bytes)
        #expect(
            try pack.failure { $0.isStrict = true }.contains("'some.py' does not have the SHA-256 its RECORD gives"))
        let environment = try pack.unpack()
        #expect(pack.messages.all.contains { $0.contains("'some.py' and 2 more files of the wheel") })
        let report = try EnvironmentVerifier(environment.path, reporter: pack.messages).verify()
        #expect(report.isClean, "\(report.changed)")
        #expect(try pack.summary { _ in }.changes.changes.isEmpty)
    }

    @Test("the script of the shell asked for, replaced by the next [install 133, 134]")
    func scripts() throws {
        let environment = try pack.unpack { $0.activation.shells = [.bash] }
        #expect(try pack.directory.read("out/activate.sh").starts(with: "export PATH=\"\(environment.path)/bin".utf8))
        _ = try pack.unpack {
            $0.activation.shells = [.zsh]
            $0.force = true
        }
        let zsh = String(decoding: try pack.directory.read("out/activate.sh"), as: UTF8.self)
        #expect(zsh.contains("export CONDA_SHLVL=\"1\"\n"))
        #expect(try Sys.list(pack.directory("out")).map(\.lossyString).sorted() == ["activate.sh", "env"])
        #expect(try Sys.stat(pack.directory("out/activate.sh")).st_mode & 0o7777 == 0o644)
    }

    @Test("every shell's script, movable")
    func allScripts() throws {
        try Sys.mkdir(pack.directory("beside"))
        try Sys.mkdir(pack.directory("out2"))
        try Sys.symlink("../beside", at: pack.directory("out2/env"))
        let message = try pack.failure {
            $0.outputDirectory = pack.directory("out2")
            $0.activation.isRelocatable = true
        }
        #expect(message.contains("so the two cannot be moved together"))
        _ = try pack.unpack {
            $0.activation.shells = ReversibleActivation.shells
            $0.activation.isRelocatable = true
        }
        #expect(
            try Sys.list(pack.directory("out")).map(\.lossyString).sorted() == [
                "activate.bat", "activate.csh", "activate.fish", "activate.nu", "activate.ps1", "activate.sh",
                "activate.xsh", "env",
            ])
    }
}
