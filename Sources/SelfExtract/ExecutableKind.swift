import CondaModel
import Support

/// Where a program can run, by the first bytes of its file.
///
/// Only programs of a known kind are put into a self-extracting pack: a script, or a launcher that belongs to an
/// installation, would run on this machine and nowhere else.
struct ExecutableKind: Equatable, Sendable {
    /// The container format.
    enum Container: String, Sendable {
        case elf = "ELF"
        case machO = "Mach-O"
        case portableExecutable = "PE"
    }

    enum Machine: String, Sendable {
        case x86_64
        case aarch64
    }

    let container: Container
    /// The machines it has code for. Only a universal Mach-O file has several.
    let machines: [Machine]
    /// The dynamic loader that an ELF program names; nil if the program is static.
    let interpreter: String?

    /// Nil unless the bytes begin an executable program of a known format for a known machine.
    init?(of bytes: [UInt8]) {
        if let elf = ExecutableKind(elf: bytes) {
            self = elf
        } else if let machO = ExecutableKind(machO: bytes) {
            self = machO
        } else if let portable = ExecutableKind(portableExecutable: bytes) {
            self = portable
        } else {
            return nil
        }
    }

    /// Whether a program of this kind runs on the platform.
    func runs(on platform: Platform) -> Bool {
        guard let needed = ExecutableKind.needed(for: platform) else { return false }
        return container == needed.container && machines.contains(needed.machine)
    }

    /// What a program for the platform must be; nil for platforms that self-extracting packs are not made for
    /// (docs/spec/lock.md#self-extracting).
    static func needed(for platform: Platform) -> (container: Container, machine: Machine)? {
        switch platform {
        case .linux64: (.elf, .x86_64)
        case .linuxAarch64: (.elf, .aarch64)
        case .osx64: (.machO, .x86_64)
        case .osxArm64: (.machO, .aarch64)
        case .win64: (.portableExecutable, .x86_64)
        case .winArm64: (.portableExecutable, .aarch64)
        default: nil
        }
    }

    private init(_ container: Container, _ machines: [Machine], interpreter: String? = nil) {
        self.container = container
        self.machines = machines
        self.interpreter = interpreter
    }

    private init?(elf bytes: [UInt8]) {
        let reader = LittleEndian(bytes)
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]), bytes.count >= 64, bytes[4] == 2, bytes[5] == 1,
            let type = reader.uint16(at: 16), type == 2 || type == 3,
            let machine = reader.uint16(at: 18).flatMap({ [62: Machine.x86_64, 183: .aarch64][$0] }),
            let table = reader.uint64(at: 32), let size = reader.uint16(at: 54), let count = reader.uint16(at: 56)
        else { return nil }
        var interpreter: String?
        for index in 0..<UInt64(count) {
            let (entry, overflow) = table.addingReportingOverflow(index * UInt64(size))
            guard !overflow, let kind = reader.uint32(at: entry) else { return nil }
            // PT_INTERP: the loader's path, with its final zero.
            guard kind == 3, let offset = reader.uint64(at: entry &+ 8), let length = reader.uint64(at: entry &+ 32)
            else { continue }
            interpreter = reader.text(at: offset, length: length) ?? "?"
        }
        self.init(.elf, [machine], interpreter: interpreter)
    }

    private init?(machO bytes: [UInt8]) {
        let reader = LittleEndian(bytes)
        func machine(_ cpu: UInt32) -> Machine? { [0x0100_0007: .x86_64, 0x0100_000C: .aarch64][cpu] }
        if reader.uint32(at: 0) == 0xFEED_FACF {
            // File type 2: an executable, not a library or an object.
            guard reader.uint32(at: 12) == 2, let found = reader.uint32(at: 4).flatMap(machine) else { return nil }
            self.init(.machO, [found])
            return
        }
        // A universal file. Class files of Java begin with the same number, but the number behind it is larger there.
        guard reader.uint32(at: 0)?.byteSwapped == 0xCAFE_BABE, let count = reader.uint32(at: 4)?.byteSwapped,
            (1...16).contains(count)
        else { return nil }
        let machines = (0..<UInt64(count)).compactMap { index in
            reader.uint32(at: 8 + index * 20).flatMap { machine($0.byteSwapped) }
        }
        if machines.isEmpty { return nil }
        self.init(.machO, machines)
    }

    private init?(portableExecutable bytes: [UInt8]) {
        let reader = LittleEndian(bytes)
        guard bytes.starts(with: [0x4D, 0x5A]), let start = reader.uint32(at: 0x3C).map(UInt64.init),
            reader.uint32(at: start) == 0x0000_4550,
            let machine = reader.uint16(at: start + 4).flatMap({ [0x8664: Machine.x86_64, 0xAA64: .aarch64][$0] }),
            // Executable, and not a library.
            let flags = reader.uint16(at: start + 22), flags & 0x0002 != 0, flags & 0x2000 == 0
        else { return nil }
        self.init(.portableExecutable, [machine])
    }
}

/// Reads numbers at offsets that come from input; nil if they are outside of the bytes.
private struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func uint16(at offset: UInt64) -> UInt16? { number(at: offset, count: 2).map { UInt16(truncatingIfNeeded: $0) } }
    func uint32(at offset: UInt64) -> UInt32? { number(at: offset, count: 4).map { UInt32(truncatingIfNeeded: $0) } }
    func uint64(at offset: UInt64) -> UInt64? { number(at: offset, count: 8) }

    /// A text without its terminating zero; nil if it is outside of the bytes, or longer than a path can be.
    func text(at offset: UInt64, length: UInt64) -> String? {
        guard length <= 4096, let range = range(at: offset, count: length) else { return nil }
        return String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
    }

    private func number(at offset: UInt64, count: UInt64) -> UInt64? {
        guard let range = range(at: offset, count: count) else { return nil }
        return bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func range(at offset: UInt64, count: UInt64) -> Range<Int>? {
        let size = UInt64(bytes.count)
        guard offset <= size, count <= size - offset else { return nil }
        return Int(offset)..<Int(offset + count)
    }
}
