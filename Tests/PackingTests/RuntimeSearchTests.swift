import CondaModel
import Fetch
import Support
import TestKit
import Testing

@testable import Packing
@testable import SelfExtract

@Suite("The program for another platform that nobody named")
struct RuntimeSearchTests {
    private let program = FakeProgram.elf(machine: 183)

    private func runtime(in folders: [ByteString], _ platform: Platform = .linuxAarch64) throws -> EmbeddedRuntime {
        var source = RuntimeSource()
        source.search = RuntimeSearch(folders: folders)
        return try source.runtime(for: platform, settings: FetchSettings(), reporter: SilentReporter())
    }

    private func sums(_ program: [UInt8], _ name: String = "pixi-unpack-linux-aarch64") -> String {
        "\(SHA256Hasher.hash("other".utf8).hex)  pixi-unpack-linux-64\n\(SHA256Hasher.hash(program).hex)  \(name)\n"
    }

    @Test("It lies beside the program, or in lib/pixi-pack beside the program's folder") func places() {
        #expect(
            RuntimeSearch.folders(beside: "/opt/pixi-pack/bin/pixi-pack") == [
                "/opt/pixi-pack/bin", "/opt/pixi-pack/lib/pixi-pack",
            ])
    }

    @Test("The first folder that has it counts") func order() throws {
        let directory = try TemporaryDirectory()
        try directory.write("second/pixi-unpack-linux-aarch64", program)
        try directory.write("third/pixi-unpack-linux-aarch64", "not a program")
        let found = try runtime(in: [directory("first"), directory("second"), directory("third")])
        #expect(found.bytes == program)
    }

    @Test("It is checked to be a program for that platform") func checked() throws {
        let directory = try TemporaryDirectory()
        try directory.write("pixi-unpack-linux-aarch64", FakeProgram.elf(machine: 62))
        let error = #expect(throws: Failure.self) { try runtime(in: [directory.path]) }
        #expect(error?.message.contains("is a program for another platform") == true)
    }

    @Test("It is compared with the list of hashes beside it") func hashes() throws {
        let directory = try TemporaryDirectory()
        try directory.write("pixi-unpack-linux-aarch64", program)
        try directory.write("SHA256SUMS", sums(program))
        #expect(try runtime(in: [directory.path]).bytes == program)
        try directory.write("SHA256SUMS", sums(Array("x".utf8)))
        let error = #expect(throws: Failure.self) { try runtime(in: [directory.path]) }
        #expect(error?.message.contains("is not the program that the list beside it names: expected sha256") == true)
        #expect(error?.kind == .integrity)
    }

    @Test("Without it the error says what to download, with the hash if a list says it") func missing() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: Failure.self) { try runtime(in: [directory.path]) }
        #expect(error?.message == "this pixi-pack runs on \(Platform.current.rawValue), the pack is for linux-aarch64")
        #expect(error?.remedy?.contains("download pixi-unpack-linux-aarch64 of the release") == true)
        try directory.write("SHA256SUMS", sums(program))
        let listed = #expect(throws: Failure.self) { try runtime(in: [directory.path]) }
        #expect(listed?.remedy?.contains("(sha256 \(SHA256Hasher.hash(program).hex))") == true)
    }

    @Test("A launcher of pixi global is followed to the program it starts") func trampoline() throws {
        let directory = try TemporaryDirectory()
        let real = try directory.write("envs/pixi-pack/bin/pixi-unpack", program)
        let launcher = try directory.write("bin/pixi-unpack", FakeProgram.elf(machine: 183, name: "launcher"))
        try directory.write(
            "bin/trampoline_configuration/pixi-unpack.json",
            "{\"exe\": \"\(real)\", \"path_diff\": \"\", \"env\": {}}")
        let found = try RuntimeSource(name: launcher).runtime(
            for: .linuxAarch64, settings: FetchSettings(), reporter: SilentReporter())
        #expect(found.bytes == program)
    }

    @Test(
        "A damaged description of a launcher is no reason to fail",
        arguments: ["", "{", "[]", "{\"exe\": 1}", "{\"exe\": \"\"}"])
    func damagedTrampoline(text: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("pixi-unpack", program)
        try directory.write("trampoline_configuration/pixi-unpack.json", text)
        #expect(Trampoline.target(of: path) == nil)
    }
}
