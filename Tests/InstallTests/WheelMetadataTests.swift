import Support
import TestKit
import Testing

@testable import Install

@Suite("wheels: metadata and scripts")
struct WheelMetadataTests {
    let environment: WheelInstallation

    init() throws { environment = try WheelInstallation() }

    @Test("console and GUI scripts have one text; their mode follows the umask [install 114]")
    func scripts() throws {
        var wheel = WheelBuilder()
        wheel.entryPoints = "[console_scripts]\nfoo = foo.cli:main\n[gui_scripts]\nbar = foo.cli:main\n"
        for (umask, mode) in [(UInt32(0o022), UInt32(0o755)), (0o027, 0o751)] {
            let environment = try WheelInstallation(umask: umask)
            try environment.install(wheel)
            #expect(try environment.mode("bin/foo") == mode)
            let expected = EntryPointScript.wheel(
                EntryPoint(command: "foo", module: "foo.cli", function: "main"),
                executable: "/opt/app/env/bin/python3.11")
            #expect(try environment.bytes("bin/foo") == expected)
            #expect(try environment.bytes("bin/bar") == expected)
            #expect(
                try environment.record().contains(
                    "../../../bin/foo,\(WheelInstallation.hash(expected)),\(expected.count)"))
        }
    }

    @Test("wheel scripts name the interpreter without '..' [install 115]")
    func resolvedPrefix() throws {
        var environment = try WheelInstallation()
        environment.prefix = "/w/out/../env/"
        var wheel = WheelBuilder()
        wheel.entryPoints = "[console_scripts]\nfoo = foo:main\n"
        try environment.install(wheel)
        #expect(try environment.text("bin/foo").hasPrefix("#!/w/env/bin/python3.11\n"))
    }

    @Test("scripts that name Python in a general way get the environment's [install 116]")
    func generalShebangs() throws {
        var wheel = WheelBuilder()
        let binary: [UInt8] = [0x7F] + Array("ELF\0#!python".utf8)
        wheel.add("{S}.data/scripts/plain", "#!python\nprint(1)\n")
        wheel.add("{S}.data/scripts/gui", "#!pythonw -x\r\nprint(1)\r\n")
        wheel.add("{S}.data/scripts/bare", "#!python")
        wheel.add("{S}.data/scripts/usr", "#!/usr/bin/python\n")
        wheel.add("{S}.data/scripts/short", "#!py")
        wheel.add("{S}.data/scripts/binary", binary)
        try environment.install(wheel)
        let shebang = "#!/opt/app/env/bin/python3.11\n"
        #expect(try environment.text("bin/plain") == shebang + "print(1)\n")
        #expect(try environment.bytes("bin/gui").elementsEqual((shebang + "\nprint(1)\r\n").utf8))
        #expect(try environment.text("bin/bare") == shebang)
        #expect(try environment.text("bin/usr") == "#!/usr/bin/python\n")
        #expect(try environment.text("bin/short") == "#!py")
        #expect(try environment.bytes("bin/binary") == binary)
        for name in ["plain", "gui", "bare", "usr", "binary"] { #expect(try environment.mode("bin/\(name)") == 0o755) }
        let plain = try environment.bytes("bin/plain")
        let record = try environment.record()
        #expect(record.contains("../../../bin/plain,\(WheelInstallation.hash(plain)),\(plain.count)"))
        #expect(record.contains("../../../bin/binary,\(WheelInstallation.hash(binary)),\(binary.count)"))
        #expect(!environment.exists("\(WheelInstallation.sitePackages)/pkg-1.0.data"))
    }

    @Test("the first line is found however the bytes come [install 116]")
    func chunks() throws {
        for (text, result) in [
            ("#!python3 -O\nrest\n", "#!/p\nrest\n"), ("#!pytho", "#!pytho"), ("#!perl is fine\n", "#!perl is fine\n"),
        ] {
            for size in 1...12 {
                var script = WheelScript(executable: "/p")
                var written: [UInt8] = []
                let bytes = Array(text.utf8)
                for start in stride(from: 0, to: bytes.count, by: size) {
                    bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { block in
                        script.take(block) { written.append(contentsOf: $0) }
                    }
                }
                script.end { written.append(contentsOf: $0) }
                #expect(String(decoding: written, as: UTF8.self) == result)
            }
        }
    }

    @Test("data scripts named like an entry point are not placed, their rows stay [install 117]")
    func shadowedScripts() throws {
        var wheel = WheelBuilder()
        wheel.entryPoints = "[console_scripts]\ntool = a:b\n"
        for name in ["tool", "tool.exe", "tool-script.py", "tool.pya", "tool.py"] {
            wheel.add("{S}.data/scripts/\(name)", "data")
        }
        try environment.install(wheel)
        #expect(try Sys.list(environment.directory("env/bin")).map(\.lossyString).sorted() == ["tool", "tool.py"])
        #expect(try environment.text("bin/tool").contains("from a import b"))
        let record = try environment.record()
        for name in ["tool", "tool.exe", "tool-script.py", "tool.pya"] {
            #expect(record.contains { $0.hasPrefix("pkg-1.0.data/scripts/\(name),sha256=") })
        }
        #expect(record.contains { $0.hasPrefix("../../../bin/tool.py,") })
    }

    @Test("the folders of data [install 118]")
    func data() throws {
        var wheel = WheelBuilder("Foo.Bar_Baz")
        wheel.add("{S}.data/data/share/doc/x.txt", "d", mode: 0o100755)
        wheel.add("{S}.data/data/share/empty/", "")
        wheel.add("{S}.data/headers/sub/w.h", "h")
        wheel.add("{S}.data/purelib/pure.py", "p")
        wheel.add("{S}.data/platlib/plat/x.py", "q")
        try environment.install(wheel)
        #expect(try environment.text("share/doc/x.txt") == "d")
        #expect(try environment.mode("share/doc/x.txt") == 0o755)
        #expect(environment.exists("share/empty"))
        #expect(try environment.text("include/python3.11/foo-bar-baz/sub/w.h") == "h")
        #expect(try environment.site("pure.py") == "p")
        #expect(try environment.site("plat/x.py") == "q")
        let record = try environment.record("Foo.Bar_Baz-1.0").map { $0.prefix { $0 != "," } }
        for path in [
            "../../../share/doc/x.txt", "../../../include/python3.11/foo-bar-baz/sub/w.h", "pure.py", "plat/x.py",
        ] {
            #expect(record.contains { $0 == path }, "\(path)")
        }
        var unknown = WheelBuilder()
        unknown.add("{S}.data/extra/x", "")
        #expect(environment.refusal(unknown).contains("unknown wheel data type 'extra'"))
        var reserved = WheelBuilder()
        reserved.add("{S}.data/data/conda-meta/python-3.11.7-0.json", "")
        #expect(environment.refusal(reserved).contains("'conda-meta/python-3.11.7-0.json', whose place is reserved"))
        var folder = WheelBuilder()
        folder.add("{S}.data/scripts/sub/x", "")
        #expect(
            environment.refusal(folder).contains("it has a directory among its scripts: 'pkg-1.0.data/scripts/sub/x'"))
        #expect(!environment.exists("\(WheelInstallation.sitePackages)/pkg-1.0.dist-info"))
    }

    @Test("RECORD is healed [install 119]")
    func healing() throws {
        var wheel = WheelBuilder()
        wheel.add("pkg.py", "x")
        wheel.add("unlisted.py", "yy")
        wheel.add("{S}.dist-info/RECORD.jws", "j")
        wheel.add("{S}.dist-info/RECORD.p7s", "p")
        wheel.record = .text("/pkg.py,sha256=bad,1\n./pkg.py,,\ngone.py,sha256=x,3\n{S}.dist-info/RECORD,,\n")
        try environment.install(wheel)
        let record = try environment.record()
        #expect(record.contains("pkg.py,sha256=bad,1"))
        #expect(!record.contains("./pkg.py,,"))
        #expect(record.contains("unlisted.py,,2"))
        #expect(record.contains("pkg-1.0.dist-info/RECORD,,"))
        #expect(!record.contains { $0.hasPrefix("gone.py") || $0.contains("jws") || $0.contains("p7s") })

        let first = try WheelInstallation()
        var repeated = WheelBuilder()
        repeated.add("a.py", "")
        repeated.add("d/b.py", "")
        repeated.record = .text("./a.py,,\nd//b.py,,8\na.py,sha256=x,1\nd/../a.py,,7\n./d/./b.py,,9\n")
        try first.install(repeated)
        // What RECORD says of the size is not so: what was written counts.
        let healed = try first.record().filter { !$0.contains("dist-info") }
        #expect(healed == ["./a.py,,", "d//b.py,,0"])

        let other = try WheelInstallation()
        var empty = WheelBuilder()
        empty.add("pkg.py", "x")
        empty.record = .text("")
        try other.install(empty)
        #expect(try other.record().contains("pkg-1.0.dist-info/RECORD,,0"))
        #expect(try other.record().contains("pkg.py,,1"))
    }

    @Test("a RECORD that is missing or no table is refused before anything is written [install 119]")
    func brokenRecord() throws {
        for (record, reason) in [
            (WheelBuilder.Metadata.none, "it has no RECORD"),
            (.text("pkg.py,,\na,b,c,d\n"), "row 2 of RECORD has 4 fields instead of 3"),
            (.text("a,,x\n"), "row 1 of RECORD has a size that is no number"),
        ] {
            var wheel = WheelBuilder()
            wheel.record = record
            #expect(environment.refusal(wheel) == "could not install the wheel 'pkg-1.0-py3-none-any.whl': \(reason)")
        }
        #expect(environment.isUntouched)
    }

    @Test("names in RECORD are quoted only where needed and sorted by bytes [install 120]")
    func recordNames() throws {
        var wheel = WheelBuilder("p")
        for name in ["wn/a,b", "wn/quo\"te", " lead", "wn/é", "wn/日本", "wn/Z", "wn/a b"] { wheel.add(name, "") }
        try environment.install(wheel)
        let names = try environment.record("p-1.0").filter { !$0.contains("dist-info") }
            .map { $0.split(separator: ",sha256").first.map(String.init) ?? "" }
        #expect(
            names == [" lead", "wn/Z", "wn/a b", "\"wn/a,b\"", "\"wn/quo\"\"te\"", "wn/é", "wn/日本"])
    }

    @Test("fields with line ends survive writing and reading [install 120]")
    func recordRoundTrip() throws {
        let text = "\"a\r\nb\",h,1\n\"c\"\"d\",,\r\n\n\"e\"f,,\r"
        let record = try WheelRecord(parsing: Array(text.utf8))
        #expect(record.rows.map(\.path) == ["a\r\nb", "c\"d", "ef"])
        #expect(String(decoding: record.rendered(), as: UTF8.self) == "\"a\r\nb\",h,1\n\"c\"\"d\",,\nef,,\n")
    }

    @Test("the files installers add [install 121]")
    func addedFiles() throws {
        var wheel = WheelBuilder("hello", "1.2.3")
        wheel.add("hello/__init__.py", "")
        try environment.install(wheel)
        let info = "hello-1.2.3.dist-info"
        #expect(try environment.site("\(info)/INSTALLER") == "uv")
        #expect(try environment.site("\(info)/REQUESTED") == "")
        #expect(
            try environment.site("\(info)/direct_url.json")
                == #"{"url":"file:///pack/pypi/hello-1.2.3-py3-none-any.whl","archive_info":{}}"#)
        #expect(
            try environment.site("\(info)/uv_cache.json")
                == #"{"timestamp":{"secs_since_epoch":0,"nanos_since_epoch":0},"commit":null,"tags":null,"#
                + #""env":{},"directories":{}}"#)
        let record = try environment.record("hello-1.2.3")
        #expect(
            record.map { String($0.prefix { $0 != "," }) } == [
                "INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL", "direct_url.json", "uv_cache.json",
            ].map { "\(info)/\($0)" } + ["hello/__init__.py"])
        #expect(record.contains("\(info)/INSTALLER,sha256=5hhM4Q4mYTT9z6QB6PGpUAW81PGNFrYrdXMj4oM_6ak,2"))
        #expect(record.contains("\(info)/REQUESTED,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"))
        #expect(record.contains("\(info)/RECORD,,"))
        #expect(try environment.mode("\(WheelInstallation.sitePackages)/\(info)/RECORD") == 0o644)
    }

    @Test("a shipped INSTALLER is overwritten, RECORD has both rows [install 122]")
    func shippedInstaller() throws {
        var wheel = WheelBuilder()
        wheel.add("{S}.dist-info/INSTALLER", "other\n")
        try environment.install(wheel)
        #expect(try environment.site("pkg-1.0.dist-info/INSTALLER") == "uv")
        #expect(try environment.record().filter { $0.contains("INSTALLER,sha256=") }.count == 2)
    }

    @Test("versions of the wheel format [install 123]")
    func wheelVersions() throws {
        let rest = "Root-Is-Purelib: true\n"
        for good in ["Wheel-Version: 1.9\n", "Wheel-Version: 0.1\n", "Wheel-Version: 1.0\nWheel-Version: 2.0\n"] {
            var wheel = WheelBuilder()
            wheel.wheel = .text(good + rest)
            #expect(throws: Never.self, "\(good)") { try WheelInstallation().install(wheel) }
        }
        for (bad, reason) in [
            ("Wheel-Version: 2.0\n", "WHEEL has the Wheel-Version '2.0', only 1 is known"),
            ("Wheel-Version: 1\n", "WHEEL has the Wheel-Version '1', which is not of the form 1.0"),
            ("", "WHEEL has no Wheel-Version"), ("wheel-version: 1.0\n", "WHEEL has no Wheel-Version"),
        ] {
            var wheel = WheelBuilder()
            wheel.wheel = .text(bad + rest)
            #expect(environment.refusal(wheel).hasSuffix(reason))
        }
        #expect(environment.isUntouched)
    }

    @Test("Root-Is-Purelib that is not exactly 'true' leads to the same directory [install 124]")
    func platlib() throws {
        var wheel = WheelBuilder()
        wheel.add("pkg.py", "x")
        wheel.wheel = .text("Wheel-Version: 1.0\nRoot-Is-Purelib: True\n")
        try environment.install(wheel)
        #expect(try environment.site("pkg.py") == "x")
    }

    @Test("METADATA must agree with the file name [install 125]")
    func metadata() throws {
        for (metadata, reason) in [
            ("Name: other\nVersion: 1.0\n", "METADATA is for 'other', the file name says 'pkg'"),
            ("Name: pkg\nVersion: 1.1\n", "METADATA is for version '1.1', the file name says 1.0"),
            ("Version: 1.0\n", "METADATA has no Name"), ("Name: pkg\n\nVersion: 1.0\n", "METADATA has no Version"),
        ] {
            var wheel = WheelBuilder()
            wheel.metadata = .text(metadata)
            #expect(environment.refusal(wheel).hasSuffix(reason))
        }
        #expect(environment.isUntouched)
        var normalised = WheelBuilder("foo")
        normalised.metadata = .text("Name: FOO\r\nVersion: 1.0.0\r\n\r\nbody")
        #expect(throws: Never.self) { try environment.install(normalised) }
        var local = WheelBuilder("bar", "1.0+abc")
        local.metadata = .text("Name: bar\nVersion: 1.0\n")
        #expect(throws: Never.self) { try environment.install(local) }
    }

    @Test("entry_points.txt as the original reads it [install 126]")
    func entryPoints() throws {
        func read(_ text: String) throws -> [String] {
            try WheelEntryPoints(Array(text.utf8), pythonMinor: 11).entries
                .map { "\($0.command)=\($0.module):\($0.function)" }
        }
        func refusal(_ text: String) -> String {
            (#expect(throws: Failure.self) { try read(text) })?.description ?? ""
        }
        #expect(
            refusal("[console_scripts]\nx: a:b\n").contains("the script 'x: a:b' in [console_scripts] without a value"))
        #expect(refusal("[gui_scripts]\nx\n").contains("the script 'x' in [gui_scripts] without a value"))
        #expect(refusal("[console_scripts]\nx#y = a:b\n").contains("without a value"))
        #expect(refusal("[console_scripts]\nx = a\n").contains("the script 'x' with the invalid value 'a'"))
        #expect(refusal("[console_scripts]\nx = a b:c\n").contains("invalid value"))
        #expect(refusal("[console_scripts\n").contains("without a closing bracket"))
        #expect(try read("\u{FEFF}[console_scripts]\nx = a:b\n") == [])
        #expect(
            try WheelEntryPoints(Array("[console_scripts]\nx = \u{E9}:y".utf8.dropLast(3)) + [0xE9], pythonMinor: 1)
                .entries.isEmpty)
        #expect(try read("[console_scripts]\r\nx = a:b\r\n") == ["x=a:b"])
        #expect(try read("[console_scripts]\nx = a:b\nX = c:d\nx = e:f\n") == ["x=e:f", "X=c:d"])
        #expect(try read("[console_scripts]\nmy tool = a:b ; note\n[other]\ny\n") == ["my tool=a:b"])
        #expect(try read("# c\n; c\n[gui_scripts]\nx = foo-bar : A.b  [e1, e2]\n") == ["x=foo-bar:A.b"])
        #expect(try read("[gui_scripts]\nx = g:g\n[console_scripts]\nx = c:c\n") == ["x=c:c", "x=g:g"])
        for name in ["../x", "a/b", "/x"] {
            #expect(refusal("[console_scripts]\n\(name) = a:b\n").contains("'\(name)' is not a plain file name"))
        }
        for name in [
            "python", "pythonw", "python3", "graalpy", "pypy", "pypy2", "pypy3", "python3.11", "python3.255",
            "python3.13t", "pythonw3.13t", "python.py", "python3.9.py", "./python3", "./x/../python3.12", "Python3",
        ] {
            #expect(refusal("[console_scripts]\n\(name) = a:b\n").contains("'\(name)' is reserved for the interpreter"))
        }
        for name in ["activate", "activate_this.py", "python2", "python3.256", "pythonw3.9", "python3.", "ipython"] {
            #expect(throws: Never.self, "\(name)") { try read("[console_scripts]\n\(name) = a:b\n") }
        }
    }

    @Test("pip gets a script for this Python [install 127]")
    func pip() throws {
        var wheel = WheelBuilder("pip", "99.0")
        wheel.entryPoints = "[console_scripts]\npip = pip:main\npip3 = pip:main\npip3.9 = pip:main\n"
        try environment.install(wheel)
        #expect(
            try Sys.list(environment.directory("env/bin")).map(\.lossyString).sorted() == ["pip", "pip3", "pip3.11"])
    }

    @Test("a wheel without or with two dist-info directories is refused")
    func metadataDirectories() throws {
        var wheel = WheelBuilder()
        wheel.add("other-1.0.dist-info/METADATA", "")
        #expect(
            environment.refusal(wheel).hasSuffix(
                "it has more than one .dist-info directory: 'other-1.0.dist-info', 'pkg-1.0.dist-info'"))
        let error = #expect(throws: Failure.self) {
            try environment.install([(wheel.fileName, ZipBuilder().finish())])
        }
        #expect(error?.description.hasSuffix("it has no .dist-info directory") == true)
        #expect(environment.isUntouched)
    }

    @Test("RECORD names paths relative to site-packages")
    func relativePaths() throws {
        let target = WheelTarget(python: try WheelInstallation.python(), prefix: "/p", platform: .linux64)
        for (path, recorded) in [
            ("bin/x", "../../../bin/x"), ("lib/x", "../../x"), ("lib/python3.11/x/y", "../x/y"),
            ("lib/python3.11/site-packages/a/b", "a/b"), ("lib/python3.11/site-packages", "../site-packages"),
        ] {
            #expect(target.recorded(try RelativePath(ByteString(path))) == ByteString(recorded))
        }
    }
}
