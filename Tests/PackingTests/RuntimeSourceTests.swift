import CondaModel
import Fetch
import Support
import TestKit
import Testing

@testable import Packing
@testable import SelfExtract

@Suite("The program to embed")
struct RuntimeSourceTests {
    private func runtime(_ source: RuntimeSource, _ platform: Platform) throws -> EmbeddedRuntime {
        try source.runtime(for: platform, settings: FetchSettings(), reporter: SilentReporter())
    }

    @Test("A program is taken from a path and from a file URL")
    func named() throws {
        let directory = try TemporaryDirectory()
        let program = FakeProgram.elf(machine: 183)
        let path = try directory.write("pixi unpack", program)
        #expect(try runtime(RuntimeSource(name: path), .linuxAarch64).bytes == program)
        let url = try directory.write("pixi-unpack", program)
        #expect(try runtime(RuntimeSource(name: "file://" + url), .linuxAarch64).bytes == program)
    }

    @Test("A program with another hash than asked for is refused")
    func hash() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("pixi-unpack", FakeProgram.elf(machine: 183))
        let right = SHA256Hasher.hash(FakeProgram.elf(machine: 183))
        let wrong = SHA256Hasher.hash("x".utf8)
        _ = try runtime(RuntimeSource(name: path, sha256: right), .linuxAarch64)
        let error = #expect(throws: Failure.self) {
            try runtime(RuntimeSource(name: path, sha256: wrong), .linuxAarch64)
        }
        #expect(
            error?.message
                == "'\(path)' is not the program that was asked for: expected sha256 \(wrong.hex), found \(right.hex)")
    }

    @Test("A missing program is named")
    func missing() throws {
        let error = #expect(throws: Failure.self) { try runtime(RuntimeSource(name: "/nowhere/x"), .linux64) }
        #expect(error?.description.contains("could not read the pixi-unpack to embed: open '/nowhere/x'") == true)
    }

    @Test("Without a named program a pack for another platform is refused", arguments: [Platform.win64, .osxArm64])
    func otherPlatform(platform: Platform) {
        let error = #expect(throws: Failure.self) { try runtime(RuntimeSource(), platform) }
        #expect(error?.message.hasSuffix("the pack is for \(platform.rawValue)") == true)
        #expect(error?.remedy?.contains("--pixi-unpack-source") == true)
    }

    @Test("an unsupported platform is refused before the program is looked for [lock 70]")
    func unsupported() {
        let error = #expect(throws: Failure.self) {
            try runtime(RuntimeSource(name: "http://127.0.0.1:1/never-asked"), .linuxPpc64le)
        }
        #expect(error?.message == "Unsupported platform: linux-ppc64le")
    }
}
