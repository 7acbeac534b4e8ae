import LibC

/// A file system that is mounted somewhere.
public struct MountEntry: Sendable, Equatable {
    let place: ByteString
    /// `squashfs`, `fuse.squashfuse`
    public let type: ByteString
    /// What only this kind of file system knows: `user_id=1000`
    public let options: [ByteString]
    /// The place as the table writes it.
    public let writtenPlace: ByteString
}

/// What is mounted, as far as this process sees it (`proc_pid_mountinfo(5)`).
public enum MountTable {
    /// What was mounted last at a place; nil if nothing is, or the system has no such table.
    public static func entry(at place: ByteString) -> MountEntry? {
        entries(in: (try? text()) ?? []).last { $0.place == place }
    }

    private static func text() throws -> [UInt8] {
        let file = File(descriptor: try Sys.open("/proc/self/mountinfo", O_RDONLY), path: "/proc/self/mountinfo")
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // Its size is not known before it is read.
        while text.count < 64 << 20 {
            let count = try buffer.withUnsafeMutableBytes { try Sys.read(file.descriptor, into: $0) }
            if count == 0 { break }
            text += buffer[..<count]
        }
        return text
    }

    /// `36 35 98:0 /root /place rw,noatime shared:1 - type source options`
    static func entries(in text: [UInt8]) -> [MountEntry] {
        text.split(separator: 0x0A).compactMap { line in
            let words = line.split(separator: 0x20)
            guard words.count > 6, let mark = words[6...].firstIndex(where: { $0.elementsEqual([0x2D]) }),
                words.count > mark + 3
            else { return nil }
            return MountEntry(
                place: unescaped(words[4]), type: ByteString(words[mark + 1]),
                options: words[mark + 3].split(separator: UInt8(ascii: ",")).map { ByteString($0) },
                writtenPlace: ByteString(words[4]))
        }
    }

    /// Blanks, line ends and backslashes are written as a backslash and three octal digits.
    private static func unescaped(_ word: ArraySlice<UInt8>) -> ByteString {
        var result: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            guard byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) })
            else {
                result.append(byte)
                continue
            }
            result.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }))
            rest = rest.dropFirst(3)
        }
        return ByteString(result)
    }
}
