import CondaModel
import Support
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

    @Test("arguments of an interpreter are split where env can do it")
    func arguments() {
        func line(_ text: String, original: Bool = false, prefix: String = "/srv/my env") -> String {
            var shebang = Shebang(placeholder: "/old", prefix: ByteString(prefix), platform: .linux64)
            shebang.isOriginals = original
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
