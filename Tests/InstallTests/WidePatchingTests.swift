import CondaModel
import Support
import TestKit
import Testing

@testable import Install

/// What goes beyond the original when files are adapted to their place.
@Suite struct WidePatchingTests {
    private static let placeholder = "/opt/placehold_placehold_placehold"
    private static let prefix = "/srv/é"

    private func patched(_ bytes: [UInt8], block: Int) throws -> [UInt8] {
        var patcher = WideStringPatcher(
            placeholder: ByteString(Self.placeholder), prefix: ByteString(Self.prefix))
        var result: [UInt8] = []
        try bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + block, bytes.count)
                try patcher.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { result += Array($0) }
                start = end
            }
        }
        try patcher.finish { result += Array($0) }
        return result
    }

    private func encoded(_ text: String, _ width: Int, big: Bool) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in
            let little = (0..<width).map { UInt8(truncatingIfNeeded: scalar.value >> (8 * UInt32($0))) }
            return big ? little.reversed() : little
        }
    }

    @Test("strings of two and four bytes a character keep their length", arguments: [2, 4], [false, true])
    func wide(_ width: Int, _ big: Bool) throws {
        func text(_ text: String) -> [UInt8] { encoded(text, width, big: big) }
        let (old, new) = (Self.placeholder, Self.prefix)
        let missing = String(repeating: "\0", count: old.unicodeScalars.count - new.unicodeScalars.count)
        let bytes = text("ab\0\(old)/lib:\(old)/x\0tail\0\(old)\0")
        let expected = text("ab\0\(new)/lib:\(new)/x\(missing)\(missing)\0tail\0\(new)\(missing)\0")
        for block in [1, 7, 64, 4096] { #expect(try patched(bytes, block: block) == expected, "\(block)") }
    }

    @Test("what does not end is no string", arguments: [2, 4])
    func unended(_ width: Int) throws {
        let bytes = encoded(Self.placeholder + "/lib", width, big: false)
        #expect(try patched(bytes, block: 16) == bytes)
        let long = encoded(Self.placeholder + String(repeating: "x", count: 70_000) + "\0", width, big: false)
        #expect(try patched(long, block: 5000) == long)
    }

    @Test("an interpreter that is the environment's folder is called as that is", arguments: [false, true])
    func folder(_ original: Bool) {
        let prefix = ByteString("/" + String(repeating: "x", count: 130) + "/env")
        for (line, form) in [("#!/old", "env"), ("#!/a\\ b//old", "env"), ("#!/old/bin/tool", "tool")] {
            var shebang = Shebang(placeholder: "/old", prefix: prefix, platform: .linux64)
            shebang.followsOriginal = original
            #expect(shebang.rewritten(Array(line.utf8)) == Array("#!/usr/bin/env \(form)".utf8), "\(line)")
        }
        // With a blank in the path the name is looked for first.
        var shebang = Shebang(placeholder: "/old", prefix: "/my place/env", platform: .linux64)
        shebang.followsOriginal = original
        #expect(shebang.rewritten(Array("#!/old".utf8)) == Array("#!/usr/bin/env old".utf8))
    }

    @Test("arguments of an interpreter are split where env can do it")
    func arguments() {
        func line(_ text: String, original: Bool = false, prefix: String = "/srv/my env") -> String {
            var shebang = Shebang(placeholder: "/old", prefix: ByteString(prefix), platform: .linux64)
            shebang.followsOriginal = original
            return String(decoding: shebang.rewritten(Array(text.utf8)), as: UTF8.self)
        }
        let split = EnvironmentProgram.splitsArguments ? "-S " : ""
        #expect(line("#!/old/bin/perl -w") == "#!/usr/bin/env \(split)perl -w")
        #expect(line("#!/old/bin/Rscript --vanilla") == "#!/usr/bin/env \(split)Rscript --vanilla")
        #expect(line("#!/old/bin/perl") == "#!/usr/bin/env perl")
        #expect(line("#!/old/bin/perl\r") == "#!/usr/bin/env perl\r")
        #expect(line("#!/old/bin/perl -w", original: true) == "#!/usr/bin/env perl -w")
        let long = "/" + String(repeating: "l", count: 130)
        #expect(line("#!/old/bin/perl -w", prefix: long) == "#!/usr/bin/env \(split)perl -w")
        #expect(line("#!/old/bin/perl -w", prefix: "/srv/env") == "#!/srv/env/bin/perl -w")
    }

    @Test("paths of the environment stay whole behind an interpreter outside of it, and in arguments")
    func pathsInArguments() {
        func line(_ text: String, _ prefix: String, original: Bool = false, platform: Platform = .linux64) -> String {
            var shebang = Shebang(placeholder: "/old", prefix: ByteString(prefix), platform: platform)
            shebang.isElsewhere = true
            shebang.followsOriginal = original
            return String(decoding: shebang.rewritten(Array(text.utf8)), as: UTF8.self)
        }
        let long = "/" + String(repeating: "l", count: 130)
        // The kernel passes one argument, with its blanks.
        #expect(line("#!/usr/bin/env /old/bin/x", "/my env") == "#!/usr/bin/env /my env/bin/x")
        #expect(line("#!/usr/bin/env /old/bin/x", "/my env", original: true) == "#!/usr/bin/env env /my env/bin/x")
        #expect(line("#!/usr/bin/env /old/bin/x", "/my env", platform: .osxArm64) == "#!/usr/bin/env x")
        #expect(line("#!/usr/bin/env /old/bin/x", long) == "#!/usr/bin/env x")
        #expect(line("#!/bin/env -S /old/bin/x -w", "/my env") == "#!/bin/env -S \"/my env/bin/x\" -w")
        #expect(line("#!/usr/bin/env -S /old/bin/x -w", "/a$b\\ \"c") == #"#!/usr/bin/env -S "/a\$b\\ \"c/bin/x" -w"#)
        #expect(line("#!/usr/bin/env -S /old/bin/x -w", long) == "#!/usr/bin/env -S x -w")
        #expect(
            line("#!/usr/bin/env -S /old/bin/python3 -u", long)
                == "#!/bin/sh\n'''exec' \"\(long)/bin/python3\" -u \"$0\" \"$@\" #'''")
        #expect(line("#!/usr/bin/perl -I/old/lib", "/my env") == "#!/usr/bin/perl -I/my env/lib")
        #expect(line("#!/old/bin/perl -w -I/old/lib", "/my env") == "#!/usr/bin/env -S perl -w -I\"/my env/lib\"")
        #expect(line("#!/old/bin/perl -w", "/my\tenv") == "#!/usr/bin/env -S perl -w")
        #expect(
            line("#!/old/bin/python -X pycache_prefix=/old/c", "/my env")
                == "#!/bin/sh\n'''exec' \"/my env/bin/python\" -X pycache_prefix=\"/my env/c\" \"$0\" \"$@\" #'''")
        // The shell takes nothing in the path for its own.
        #expect(
            line("#!/old/bin/python", "/my $HOME's env")
                == "#!/bin/sh\n'''exec' '/my $HOME'\"'\"'s env/bin/python' \"$0\" \"$@\" #'''")
        #expect(
            line("#!/old/bin/python", "/my $HOME", original: true)
                == "#!/bin/sh\n'''exec' \"/my $HOME/bin/python\" \"$0\" \"$@\" #'''")
    }

    @Test("the encoding of a script stays in its second line", arguments: [1, 3, 19, 25, 40, 4096])
    func encodingOfConda(_ block: Int) throws {
        func patched(_ text: String, original: Bool = false) throws -> String {
            var patcher = TextPatcher(
                placeholder: "/old", prefix: "/my env", platform: .linux64, followsOriginal: original)
            var result: [UInt8] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: block) {
                try Array(bytes[start..<min(start + block, bytes.count)]).withUnsafeBytes { part in
                    try patcher.update(part) { result += Array($0) }
                }
            }
            try patcher.finish { result += Array($0) }
            return String(decoding: result, as: UTF8.self)
        }
        let start = "'''exec' \"/my env/bin/python\" \"$0\" \"$@\" #'''"
        #expect(
            try patched("#!/old/bin/python\n# coding: latin-1 /old\nx = '/old'\n")
                == "#!/bin/sh\n# coding: latin-1 /my env\n\(start)\nx = '/my env'\n")
        let original = try patched("#!/old/bin/python\n# coding: latin-1\nx\n", original: true)
        #expect(original == "#!/bin/sh\n\(start)\n# coding: latin-1\nx\n")
        for rest in [
            "x = '# coding: x'\n", "# coding: x", "", "\n", "\n# coding: x\n", String(repeating: "#", count: 5000),
        ] {
            #expect(try patched("#!/old/bin/python\n\(rest)") == "#!/bin/sh\n\(start)\n\(rest)")
        }
        #expect(try patched("#!/old/bin/python") == "#!/bin/sh\n\(start)")
        #expect(try patched("#!/old/bin/perl\n# coding: x\n") == "#!/usr/bin/env perl\n# coding: x\n")
    }

    @Test("scripts start at places with blanks and other marks", arguments: ["my env", "a $HOME 'b' \"c\" \\d `e`"])
    func started(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let prefix = directory(name)
        let echo = "#!/bin/sh\nprintf '<%s>' \"$@\"\n"
        for program in ["python", "show"] {
            let path = try directory.write("\(name)/bin/\(program)", echo)
            _ = try ChildProcess.run(["/bin/chmod", "755", path.lossyString])
        }
        func output(_ line: String) throws -> String {
            let shebang = Shebang(placeholder: "/old", prefix: prefix, platform: .linux64)
            let script = try directory.write("script", shebang.rewritten(Array(line.utf8)) + Array("\n".utf8))
            _ = try ChildProcess.run(["/bin/chmod", "755", script.lossyString])
            let path = "\(prefix.lossyString)/bin:/usr/bin:/bin"
            let outcome = try ChildProcess.run([script.lossyString], environment: ["PATH": path])
            return outcome.output + outcome.errors
        }
        let script = directory("script").lossyString
        let place = prefix.lossyString
        #expect(try output("#!/usr/bin/env /old/bin/show") == "<\(script)>")
        #expect(try output("#!/old/bin/python -u -I/old/lib") == "<-u><-I\(place)/lib><\(script)>")
        if EnvironmentProgram.splitsArguments {
            #expect(try output("#!/usr/bin/env -S /old/bin/show -w") == "<-w><\(script)>")
            #expect(try output("#!/old/bin/show -w -I/old/lib") == "<-w><-I\(place)/lib><\(script)>")
        }
    }

    private func script(_ text: String, executable: String, block: Int) -> String {
        var script = WheelScript(executable: ByteString(executable))
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: block) {
            Array(bytes[start..<min(start + block, bytes.count)]).withUnsafeBytes { part in
                script.take(part) { result += Array($0) }
            }
        }
        script.end { result += Array($0) }
        return String(decoding: result, as: UTF8.self)
    }

    @Test("the line that names a script's encoding stays the second one", arguments: [1, 5, 100])
    func encoding(_ block: Int) throws {
        let executable = "/srv/my env/bin/python3.12"
        let shell = "'''exec' '\(executable)' \"$0\" \"$@\"\n' '''\n"
        let coding = "# -*- coding: latin-1 -*-\n"
        #expect(
            script("#!python\n\(coding)print()\n", executable: executable, block: block)
                == "#!/bin/sh\n\(coding)\(shell)print()\n")
        #expect(
            script("#!python\nprint('coding: x')\n", executable: executable, block: block)
                == "#!/bin/sh\n\(shell)print('coding: x')\n")
        #expect(script("#!python", executable: executable, block: block) == "#!/bin/sh\n\(shell)")
        #expect(script("#!python\n", executable: executable, block: block) == "#!/bin/sh\n\(shell)")
        #expect(
            script("#!python\n\(coding)x", executable: "/srv/env/bin/python3.12", block: block)
                == "#!/srv/env/bin/python3.12\n\(coding)x")
    }
}
