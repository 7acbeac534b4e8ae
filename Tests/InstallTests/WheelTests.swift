import Archive
import LibC
import Support
import TestKit
import Testing

@testable import Install

@Suite("wheels: files")
struct WheelTests {
    let environment: WheelInstallation

    init() throws { environment = try WheelInstallation() }

    /// A pack in a directory with these files.
    private func pack(_ files: [String: String]) throws -> PackReader {
        for (name, contents) in files { try environment.directory.write("pack/\(name)", contents) }
        return try PackReader.open(environment.directory("pack"))
    }

    private func plans(_ pack: PackReader, python: PythonInfo?) throws -> [WheelPlan] {
        try WheelSelection(pack, pool: WorkerPool(width: 2))
            .plans(python: python, prefix: "/opt/env", platform: .linux64)
    }

    @Test("no wheels are no step; wheels without python are an error [install 111]")
    func selection() throws {
        #expect(try plans(pack(["channel/noarch/repodata.json": "{}"]), python: nil).isEmpty)
        let wheel = WheelBuilder()
        let bytes = wheel.archive(hash: WheelInstallation.hash)
        try environment.directory.write("pack/pypi/\(wheel.fileName)", bytes)
        let pack = try PackReader.open(environment.directory("pack"))
        let error = #expect(throws: Failure.self) { try plans(pack, python: nil) }
        #expect(error?.description == "the pack has wheels, but no package named 'python' to install them for")
        #expect(try plans(pack, python: WheelInstallation.python()).map(\.fileName) == [wheel.fileName])
    }

    @Test("an sdist or a folder in pypi/ is an error [install 112]")
    func strangers() throws {
        let sdist = #expect(throws: Failure.self) {
            try plans(pack(["pypi/w-1.tar.gz": "x"]), python: WheelInstallation.python())
        }
        #expect(
            sdist?.description.hasPrefix(
                "'pypi/w-1.tar.gz' in the pack cannot be installed: it is not the file name of a wheel") == true)
        let folder = #expect(throws: Failure.self) {
            try plans(pack(["pypi/folder/x": ""]), python: WheelInstallation.python())
        }
        #expect(folder?.description == "'pypi/folder' in the pack cannot be installed: it is a directory")
    }

    @Test("a wheel for another platform is refused by name, installed if asked to [install 113]")
    func foreignTag() throws {
        var wheel = WheelBuilder()
        wheel.tag = "cp39-cp39-win_amd64"
        wheel.add("pkg.py", "")
        #expect(
            environment.refusal(wheel) == """
                could not install the wheel 'pkg-1.0-cp39-cp39-win_amd64.whl': the wheel does not fit this environment: \
                it is built for win_amd64, not for linux-64. Accepted are cp311-cp311, cp32 to cp311-abi3, py3-none \
                for any, linux_x86_64, manylinux*_x86_64
                """)
        #expect(environment.isUntouched)
        try environment.install([(wheel.fileName, wheel.archive(hash: WheelInstallation.hash))], checksTags: false)
        #expect(environment.exists("lib/python3.11/site-packages/pkg.py"))
    }

    @Test("wheels for this platform and any release of its C library are accepted [install 113]")
    func ownTags() throws {
        for tag in [
            "cp311-cp311-manylinux_2_39_x86_64", "cp38-abi3-manylinux2014_x86_64", "py2.py3-none-any",
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3-none-linux_x86_64",
        ] {
            var wheel = WheelBuilder()
            wheel.tag = tag
            #expect(throws: Never.self, "\(tag)") { try environment.install(wheel) }
        }
    }

    @Test("files of a conda package are replaced, other names of their inodes keep the old bytes [install 128]")
    func replacing() throws {
        try environment.directory.write("env/lib/python3.11/site-packages/pkg.py", "conda")
        try environment.directory.write("env/bin/tool", "conda")
        let shared = environment.directory("shared")
        try Sys.link(environment.directory("env/lib/python3.11/site-packages/pkg.py"), to: shared)
        try Sys.symlink("/nonexistent", at: environment.directory("env/lib/python3.11/site-packages/link.py"))
        var wheel = WheelBuilder()
        wheel.add("pkg.py", "wheel")
        wheel.add("link.py", "wheel")
        wheel.add("{S}.data/scripts/tool", "#!/bin/sh\n")
        try environment.install(wheel)
        #expect(try environment.site("pkg.py") == "wheel")
        #expect(try environment.site("link.py") == "wheel")
        #expect(try environment.text("bin/tool") == "#!/bin/sh\n")
        #expect(try environment.directory.read("shared") == Array("conda".utf8))
    }

    @Test("a directory in the way is an error [install 128]")
    func directoryInTheWay() throws {
        try environment.directory.write("env/lib/python3.11/site-packages/pkg.py/x", "")
        var wheel = WheelBuilder()
        wheel.add("pkg.py", "wheel")
        #expect(environment.refusal(wheel).contains("'lib/python3.11/site-packages/pkg.py'"))
    }

    @Test("names, kinds and modes of zip members [install 129]")
    func members() throws {
        var wheel = WheelBuilder()
        wheel.add("../up", "u")
        wheel.add("/abs", "a")
        wheel.add("pkg/../../up2", "u")
        wheel.add("pkg/sub/../x", "x", mode: 0o100654)
        wheel.add("pkg/link", "x", mode: 0o120777)
        wheel.add("pkg/empty/", "", mode: 0o40755)
        wheel.add("pkg/run", "#!", mode: 0o100711)
        wheel.add("pkg/dos", "", mode: nil)
        wheel.record = .text("")
        try environment.install(wheel)
        let site = WheelInstallation.sitePackages
        #expect(try environment.site("pkg/x") == "x")
        #expect(try environment.mode("\(site)/pkg/x") == 0o755)
        #expect(try environment.site("pkg/link") == "x")
        #expect(try environment.mode("\(site)/pkg/link") == 0o755)
        #expect(try environment.mode("\(site)/pkg/run") == 0o755)
        #expect(try environment.mode("\(site)/pkg/dos") == 0o644)
        #expect(try environment.mode("\(site)/pkg/empty") == 0o755)
        #expect(!environment.exists("lib/python3.11/up"))
        #expect(!environment.exists("lib/python3.11/up2"))
        #expect(!environment.exists("\(site)/abs"))
        #expect(try Sys.list(environment.directory.path).map(\.lossyString).sorted() == ["env", "pypi"])
        for name in ["pkg/ta\tb.py", "pkg/\u{7F}", ""] {
            var bad = WheelBuilder()
            bad.add(name, "")
            #expect(environment.refusal(bad).contains("a file in it has a name "), "\(name)")
        }
    }

    @Test("of two wheels with one file the later name wins, for any number of workers [install 130]")
    func twoWheels() throws {
        var first = WheelBuilder("a_one")
        first.add("shared/x.py", "first")
        first.entryPoints = "[console_scripts]\ntool = one:main\n"
        var second = WheelBuilder("b_two")
        second.add("shared/x.py", "second")
        second.entryPoints = "[console_scripts]\ntool = two:main\n"
        for wheels in [[first, second], [second, first]] {
            let environment = try WheelInstallation()
            let plans = try environment.plans(wheels.map { ($0.fileName, $0.archive(hash: WheelInstallation.hash)) })
            let writer = try PrefixWriter(environment.directory("env"), umask: 0o022)
            // The later wheel is written first: what counts is the plan.
            for plan in plans.reversed() {
                try WheelInstaller.install(plan, session: writer.session(), scratch: DecoderScratch())
            }
            #expect(try environment.site("shared/x.py") == "second")
            #expect(try environment.text("bin/tool").contains("from two import main"))
            #expect(try environment.record("a_one-1.0").contains { $0.hasPrefix("shared/x.py,sha256=") })
        }
    }

    @Test(
        "a file in one wheel that is a directory in another is refused before anything is written [install 130]")
    func fileAgainstDirectory() throws {
        var first = WheelBuilder("a_one")
        first.add("shared", "file")
        var second = WheelBuilder("b_two")
        second.add("shared/x.py", "second")
        let error = #expect(throws: Failure.self) { try environment.install(first, second) }
        #expect(
            error?.description == """
                'lib/python3.11/site-packages/shared' is a file in the wheel 'a_one-1.0-py3-none-any.whl' and a \
                directory in 'b_two-1.0-py3-none-any.whl'
                """)
        #expect(environment.isUntouched)
    }

    @Test("wrong CRC or size in the zip [install 131]", arguments: [true, false])
    func damaged(checksum: Bool) throws {
        let wheel = WheelBuilder()
        var zip = ZipBuilder()
        for (name, text) in [
            ("METADATA", "Name: pkg\nVersion: 1.0\n"), ("WHEEL", "Wheel-Version: 1.0\n"), ("RECORD", ""),
        ] {
            zip.add("pkg-1.0.dist-info/\(name)", text)
        }
        zip.add(
            "pkg.py", Array("contents".utf8), method: .deflated, checksum: checksum ? 1 : nil, size: checksum ? nil : 7)
        let error = #expect(throws: Failure.self) { try environment.install([(wheel.fileName, zip.finish())]) }
        #expect(error?.description.hasPrefix("could not install the wheel 'pkg-1.0-py3-none-any.whl': ") == true)
        #expect(error?.description.contains("zip member 'pkg.py'") == true)
        #expect(!environment.exists("\(WheelInstallation.sitePackages)/pkg.py"))
    }

    @Test("a file that is not what RECORD says is installed and recorded as it is, and refused if that is asked for")
    func wrongDigest() throws {
        var wheel = WheelBuilder()
        wheel.add("pkg.py", "changed")
        wheel.add("{S}.data/scripts/run", "#!python\nchanged")
        let promised = WheelInstallation.hash(Array("original".utf8))
        wheel.record = .text(
            "pkg.py,\(promised),8\n{S}.data/scripts/run,\(promised),8\n{S}.dist-info/RECORD,,\n")
        let bytes = wheel.archive(hash: WheelInstallation.hash)
        let strict = #expect(throws: Failure.self) {
            try environment.install([(wheel.fileName, bytes)], isStrict: true)
        }
        #expect(
            strict?.description.contains(
                "'pkg.py' does not have the SHA-256 its RECORD gives: expected "
                    + "\(SHA256Hasher.hash(Array("original".utf8)).hex), found \(SHA256Hasher.hash(Array("changed".utf8)).hex)"
            ) == true)
        #expect(!environment.exists("\(WheelInstallation.sitePackages)/pkg.py"))
        try environment.install([(wheel.fileName, bytes)])
        let script = try environment.bytes("bin/run")
        #expect(
            try environment.record().filter { $0.contains("pkg.py") || $0.contains("bin/run") } == [
                "../../../bin/run,\(WheelInstallation.hash(script)),\(script.count)",
                "pkg.py,\(WheelInstallation.hash(Array("changed".utf8))),7",
            ])
    }

    @Test("RECORD with a byte order mark, rows that begin with ./ and rows of two fields")
    func recordForms() throws {
        var wheel = WheelBuilder()
        wheel.add("./pkg/__init__.py", "x")
        let hash = WheelInstallation.hash(Array("x".utf8))
        for record in [
            "\u{FEFF}pkg/__init__.py,\(hash),1\n{S}.dist-info/RECORD,,\n",
            "./pkg/__init__.py,\(hash),1\n{S}.dist-info/RECORD,,\n", "pkg/__init__.py,\(hash)\n{S}.dist-info/RECORD,\n",
        ] {
            let environment = try WheelInstallation()
            wheel.record = .text(record)
            try environment.install(wheel)
            #expect(try environment.site("pkg/__init__.py") == "x")
            #expect(try environment.record().contains { $0.contains("pkg/__init__.py,\(hash)") })
        }
        wheel.record = .text("pkg/__init__.py,,1,,,\n")
        #expect(environment.refusal(wheel).contains("row 1 of RECORD has 6 fields instead of 3"))
    }

    @Test("a wheel of any bytes is installed or refused, never worse")
    func damagedAnywhere() throws {
        var wheel = WheelBuilder()
        wheel.add("pkg/__init__.py", "x")
        wheel.add("{S}.data/scripts/run", "#!python\n")
        wheel.entryPoints = "[console_scripts]\nfoo = pkg:main\n"
        wheel.method = .stored
        let good = wheel.archive(hash: WheelInstallation.hash)
        var state: UInt64 = 20_240_229
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
            }
            let environment = try WheelInstallation()
            do {
                try environment.install([(wheel.fileName, bytes)])
            } catch let failure as Failure {
                #expect(failure.description.contains(wheel.fileName))
            }
            #expect(try Sys.list(environment.directory.path).map(\.lossyString).sorted() == ["env", "pypi"])
        }
    }
}
