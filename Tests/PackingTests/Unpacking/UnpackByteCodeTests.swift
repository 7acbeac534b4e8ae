import Install
import Support
import TestKit
import Testing

@testable import Packing

/// `--compile-pyc`, with a Python of the machine in the place of the environment's.
@Suite(.enabled(if: (try? Sys.exists("/usr/bin/python3")) == true, "there is no /usr/bin/python3"))
struct UnpackByteCodeTests {
    private func pack(python: String = "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n") throws -> PackUnderTest {
        let pack = try PackUnderTest()
        var interpreter = CondaBuilder("python", version: "3.12.1")
        interpreter.file("bin/python3.12", python, mode: 0o755)
        interpreter.file("lib/python3.12/site.py", "x = 1\n")
        try pack.add(interpreter)
        var modules = CondaBuilder("tool", noarch: "python")
        modules.file("site-packages/tool/__init__.py", "x = 1\n")
        modules.file("site-packages/tool/broken.py", "def (:\n")
        modules.file("site-packages/tool/data.txt", "x\n")
        try pack.add(modules, subdir: "noarch", record: ["noarch": "\"python\""])
        return pack
    }

    private func compiled(_ environment: Environment) throws -> [UInt8] {
        let folder = "lib/python3.12/site-packages/tool/__pycache__"
        let names = try environment.list(folder)
        #expect(names.count == 1 && names.first?.hasPrefix("__init__.cpython-") == true, "\(names)")
        return try environment.bytes("\(folder)/\(names.first ?? "")")
    }

    @Test func modulesAreCompiledAndAFailureIsCounted() throws {
        let pack = try pack()
        let environment = try pack.unpack { $0.byteCode = .timestamp }
        // PEP 552: the flags word is 0 for byte code that is checked by time.
        #expect(try compiled(environment)[4..<8].elementsEqual([0, 0, 0, 0]))
        let messages = pack.messages.all
        #expect(messages.contains { $0.contains("1 could not be compiled") }, "\(messages)")
        #expect(try !environment.exists("lib/python3.12/__pycache__"))
        #expect(try !environment.list(".").contains { $0.hasPrefix(".pixi-pack") })
    }

    @Test(arguments: [(ByteCode.Mode.uncheckedHash, 1), (.checkedHash, 3)] as [(ByteCode.Mode, UInt8)])
    func hashedByteCodeCarriesItsFlags(_ mode: ByteCode.Mode, _ flags: UInt8) throws {
        let environment = try pack().unpack { $0.byteCode = mode }
        #expect(try compiled(environment)[4] == flags)
    }

    @Test func byDefaultNothingIsCompiled() throws {
        let environment = try pack().unpack()
        #expect(try !environment.exists("lib/python3.12/site-packages/tool/__pycache__"))
    }

    @Test func aPythonThatDoesNotRunIsNamed() throws {
        let pack = try pack(python: "#!/bin/sh\necho broken interpreter >&2\nexit 7\n")
        #expect { try pack.unpack { $0.byteCode = .timestamp } } throws: {
            "\($0)".contains("could not compile Python modules") && "\($0)".contains("broken interpreter")
        }
    }
}
