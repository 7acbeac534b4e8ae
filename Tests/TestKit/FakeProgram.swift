/// The least that passes for an executable program of each format; nothing that runs.
public enum FakeProgram {
    /// A 64-bit ELF header with room for one program header.
    public static func elf(machine: UInt8, interpreter: Bool = false, name: String = "pixi-pack.json") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        bytes.replaceSubrange(0..<7, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1])
        bytes[16] = 2
        bytes[18] = machine
        bytes[32] = 64
        bytes[54] = 56
        bytes[56] = 1
        bytes[64] = interpreter ? 3 : 1
        bytes[64 + 8] = 200
        bytes[64 + 32] = 14
        bytes.replaceSubrange(200..<213, with: "/lib/ld-x.so.".utf8)
        return bytes + Array(name.utf8)
    }

    /// A Mach-O header; file type 2 is an executable.
    public static func machO(cpu: [UInt8], type: UInt8 = 2) -> [UInt8] {
        [0xCF, 0xFA, 0xED, 0xFE] + cpu + [0, 0, 0, 0, type, 0, 0, 0] + Array(repeating: 0, count: 100)
            + Array("pixi-pack.json".utf8)
    }

    /// A PE header.
    public static func portable(machine: [UInt8], flags: [UInt8] = [0x22, 0]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        bytes[0] = 0x4D
        bytes[1] = 0x5A
        bytes[0x3C] = 0x80
        bytes.replaceSubrange(0x80..<0x86, with: [0x50, 0x45, 0, 0] + machine)
        bytes.replaceSubrange(0x96..<0x98, with: flags)
        return bytes + Array("pixi-pack.json".utf8)
    }
}
