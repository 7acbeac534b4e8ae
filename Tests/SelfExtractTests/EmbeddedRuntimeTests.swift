import CondaModel
import Support
import TestKit
import Testing

@testable import SelfExtract

@Suite("The program in a self-extracting pack")
struct EmbeddedRuntimeTests {
    private func embed(_ program: [UInt8], _ platform: Platform, isOwn: Bool = false) throws -> EmbeddedRuntime {
        try EmbeddedRuntime(program: program, name: "x/pixi-unpack", platform: platform, isOwn: isOwn)
    }

    @Test("A program for each supported platform is accepted, for no other platform")
    func platforms() throws {
        let programs: [Platform: [UInt8]] = [
            .linux64: FakeProgram.elf(machine: 62), .linuxAarch64: FakeProgram.elf(machine: 183),
            .osx64: FakeProgram.machO(cpu: [7, 0, 0, 1]), .osxArm64: FakeProgram.machO(cpu: [12, 0, 0, 1]),
            .win64: FakeProgram.portable(machine: [0x64, 0x86]),
            .winArm64: FakeProgram.portable(machine: [0x64, 0xAA]),
        ]
        for (platform, program) in programs {
            for other in programs.keys {
                #expect((try? embed(program, other)) != nil || platform != other)
                #expect((try? embed(program, other)) == nil || platform == other)
            }
        }
    }

    @Test("A universal Mach-O program is accepted for both machines")
    func universal() throws {
        var bytes: [UInt8] = [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2]
        bytes += [1, 0, 0, 7] + Array(repeating: 0, count: 16) + [1, 0, 0, 12] + Array(repeating: 0, count: 16)
        bytes += Array("pixi-pack.json".utf8)
        #expect(try embed(bytes, .osx64).style == .extractedTar)
        #expect(try embed(bytes, .osxArm64).style == .extractedTar)
        #expect(throws: Failure.self) { try embed(bytes, .linux64) }
    }

    @Test("Scripts, libraries, objects and cut programs are refused by name")
    func notPrograms() {
        let refused: [(Platform, [UInt8])] = [
            (.linux64, Array("#!/bin/sh\nexec pixi-unpack pixi-pack.json\n".utf8)), (.linux64, []),
            (.linux64, Array(FakeProgram.elf(machine: 62)[..<40])),
            (.osx64, FakeProgram.machO(cpu: [7, 0, 0, 1], type: 6)),
            (.win64, FakeProgram.portable(machine: [0x64, 0x86], flags: [0x22, 0x20])), (.win64, [0x4D, 0x5A]),
        ]
        for (platform, program) in refused {
            let error = #expect(throws: Failure.self) { try embed(program, platform) }
            #expect(error?.message == "'x/pixi-unpack' is not an executable program")
            #expect(error?.remedy?.contains("--pixi-unpack-source") == true)
        }
    }

    @Test("A program for another machine or system is refused by name")
    func otherMachine() {
        let error = #expect(throws: Failure.self) { try embed(FakeProgram.elf(machine: 183), .linux64) }
        #expect(
            error?.message == "'x/pixi-unpack' is a program for another platform than linux-64 (ELF for aarch64)")
    }

    @Test("A launcher that is a program, but not pixi-unpack, is refused")
    func launcher() {
        let error = #expect(throws: Failure.self) {
            try embed(FakeProgram.elf(machine: 62, name: "trampoline"), .linux64)
        }
        #expect(error?.message == "'x/pixi-unpack' is not pixi-unpack")
    }

    @Test("A dynamic build of our own is refused, another's is warned about")
    func dynamic() throws {
        let program = FakeProgram.elf(machine: 62, interpreter: true)
        let error = #expect(throws: Failure.self) { try embed(program, .linux64, isOwn: true) }
        #expect(error?.message.contains("it is not static (it needs /lib/ld-x.so.") == true)
        #expect(error?.remedy?.contains("--pixi-unpack-source") == true)
        #expect(try embed(program, .linux64).warning?.contains("is not static") == true)
        #expect(try embed(FakeProgram.elf(machine: 62), .linux64).warning == nil)
    }

    @Test("Our own unpacker reads in place, another gets a tar file")
    func styles() throws {
        #expect(try embed(FakeProgram.elf(machine: 62), .linux64).style == .extractedTar)
        let own = FakeProgram.elf(machine: 62, name: EmbeddedRuntime.personalityWord)
        #expect(try embed(own, .linux64).style == .inPlace)
    }

    @Test("unsupported platform [lock 70]")
    func unsupported() {
        let error = #expect(throws: Failure.self) { try embed(FakeProgram.elf(machine: 21), .linuxPpc64le) }
        #expect(error?.message == "Unsupported platform: linux-ppc64le")
    }

    @Test("Compression is used only when it makes the program smaller")
    func compression() throws {
        let big = FakeProgram.elf(machine: 62) + [UInt8](repeating: 0, count: 10_000)
        #expect(try embed(big, .linux64).compressed().storage == .gzip)
        var noise = FakeProgram.elf(machine: 62)
        var state: UInt64 = 1
        for _ in 0..<3_000_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            noise.append(UInt8(truncatingIfNeeded: state >> 33))
        }
        #expect(try embed(noise, .linux64).compressed().storage == .raw)
    }

    @Test("No cut or altered header of a program makes the check crash")
    func robust() {
        var state: UInt64 = 42
        for program in [
            FakeProgram.elf(machine: 62, interpreter: true), FakeProgram.machO(cpu: [7, 0, 0, 1]),
            FakeProgram.portable(machine: [0x64, 0x86]),
        ] {
            for _ in 0..<2000 {
                var bytes = program
                for _ in 0..<4 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes[Int(state >> 33) % min(bytes.count, 160)] = UInt8(truncatingIfNeeded: state >> 20)
                }
                _ = ExecutableKind(of: Array(bytes.prefix(Int(state >> 40) % (bytes.count + 1))))
                _ = ExecutableKind(of: bytes)
            }
        }
    }
}
