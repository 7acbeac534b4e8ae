import Archive
import Support

/// The files of `<name>.data` of a wheel in an environment: installers put them into different folders, and give scripts
/// another first line.
struct InstalledData {
    private let wheel: UnrecordedWheel
    /// The paths of RECORD that lead out of the site folder, by what follows the last `..`.
    private let outside: [ByteString: ByteString]
    /// The commands installers make scripts for themselves, whatever the wheel brings.
    private let commands: Set<ByteString>

    /// - Parameter entries: the members of the wheel it is to be compared with.
    init(_ wheel: UnrecordedWheel, _ entries: [ZipEntry], scratch: DecoderScratch) throws {
        self.wheel = wheel
        var outside: [ByteString: ByteString] = [:]
        for path in wheel.hashes.keys where path.hasPrefix("../") {
            var rest = path.bytes[...]
            while rest.starts(with: "../".utf8) { rest = rest.dropFirst(3) }
            outside[ByteString(rest)] = path
        }
        self.outside = outside
        var commands: Set<ByteString> = []
        for entry in entries where entry.name.hasSuffix(".dist-info/entry_points.txt") {
            for line in try entry.contents(scratch: scratch).split(separator: 0x0A) {
                let name = line.prefix { $0 != UInt8(ascii: "=") }
                if name.count < line.count { commands.insert(ByteString(name.filter { $0 > 0x20 })) }
            }
        }
        self.commands = commands
    }

    /// Whether the environment has the file as it is in the wheel.
    func isInstalled(_ entry: ZipEntry, scratch: DecoderScratch) throws -> Bool {
        let parts = entry.name.bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2).map { ByteString($0) }
        guard parts.count == 3 else { return false }
        let (kind, rest) = (parts[1], parts[2])
        var hasher = SHA256Hasher()
        var head: [UInt8] = []
        try entry.forEachBlock(scratch: scratch) { block in
            hasher.update(block)
            if head.count < 16 { head += block.prefix(16) }
        }
        let digest = hasher.finish()
        if kind == "scripts" {
            if commands.contains(InstalledData.command(rest)) { return true }
            if head.starts(with: "#!python".utf8) {
                let text = InstalledData.withoutFirstLine(try entry.contents(scratch: scratch))
                return try places(kind, rest).contains { place in
                    guard let slice = wheel.onDisk(place), slice.length < 64 << 20 else { return false }
                    return try InstalledData.withoutFirstLine(slice.readAll()) == text
                }
            }
        }
        return try places(kind, rest).contains { try wheel.isInstalled($0, digest) }
    }

    /// Where the file may be, relative to the site folder.
    private func places(_ kind: ByteString, _ rest: ByteString) -> [ByteString] {
        func out(_ path: ByteString) -> [ByteString] {
            // `lib/pythonX.Y/site-packages`, and `Lib/site-packages`.
            (outside[path].map { [$0] } ?? []) + [ByteString("../../../") + path, ByteString("../../") + path]
        }
        switch kind {
        case "purelib", "platlib": return [rest]
        case "scripts": return out(ByteString("bin/") + rest) + out(ByteString("Scripts/") + rest)
        case "headers":
            let end = ByteString("/") + rest
            return outside.filter { $0.key.hasPrefix("include/") && $0.key.hasSuffix(end) }.map(\.value)
                + outside.filter { $0.key.hasPrefix("Include/") && $0.key.hasSuffix(end) }.map(\.value)
        default: return out(rest)
        }
    }

    /// The command a script stands for: wheels may ship launchers that installers make themselves.
    private static func command(_ script: ByteString) -> ByteString {
        for ending: ByteString in [".exe", "-script.py", ".pya"] where script.hasSuffix(ending) {
            return ByteString(script.bytes.dropLast(ending.count))
        }
        return script
    }

    private static func withoutFirstLine(_ text: [UInt8]) -> ArraySlice<UInt8> {
        guard let end = text.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return [] }
        // A launcher line may need a second one; its end is LF or CR LF.
        let isPair = text[end] == 0x0D && end + 1 < text.count && text[end + 1] == 0x0A
        return text[(end + (isPair ? 2 : 1))...]
    }
}
