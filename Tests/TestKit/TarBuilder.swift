import Support

/// Writes tars for tests, also such as no sane program writes.
public struct TarBuilder {
    /// How a name longer than 100 bytes is written.
    public enum LongNames: Sendable { case gnu, pax, ustarPrefix }

    private var bytes: [UInt8] = []
    public var longNames = LongNames.gnu

    public init(longNames: LongNames = .gnu) { self.longNames = longNames }

    /// A regular file.
    public mutating func file(
        _ name: String, _ contents: [UInt8] = [], mode: UInt32 = 0o644, time: Int64 = 1_500_000_000
    ) {
        entry(name, type: "0", contents: contents, mode: mode, time: time)
    }

    public mutating func file(_ name: String, _ text: String, mode: UInt32 = 0o644, time: Int64 = 1_500_000_000) {
        file(name, Array(text.utf8), mode: mode, time: time)
    }

    public mutating func directory(_ name: String, mode: UInt32 = 0o755, time: Int64 = 1_500_000_000) {
        entry(name, type: "5", mode: mode, time: time)
    }

    public mutating func symlink(_ name: String, to target: String, time: Int64 = 1_500_000_000) {
        entry(name, type: "2", link: target, mode: 0o777, time: time)
    }

    public mutating func hardlink(_ name: String, to target: String, time: Int64 = 1_500_000_000) {
        entry(name, type: "1", link: target, time: time)
    }

    /// An entry of any type; `pax` records precede it.
    public mutating func entry(
        _ name: String, type: Character, link: String = "", contents: [UInt8] = [], mode: UInt32 = 0o644,
        time: Int64 = 1_500_000_000, size: Int64? = nil, pax: [(String, String)] = []
    ) {
        var name = Array(name.utf8)
        var link = Array(link.utf8)
        var prefix: [UInt8] = []
        var records = pax
        if longNames == .pax || !pax.isEmpty {
            if name.count > 100 { records.append(("path", String(decoding: name, as: UTF8.self))) }
            if link.count > 100 { records.append(("linkpath", String(decoding: link, as: UTF8.self))) }
        } else if longNames == .gnu {
            if name.count > 100 { block("././@LongLink", type: "L", contents: name + [0]) }
            if link.count > 100 { block("././@LongLink", type: "K", contents: link + [0]) }
        } else if name.count > 100, let slash = name.prefix(156).lastIndex(of: UInt8(ascii: "/")) {
            prefix = Array(name[..<slash])
            name = Array(name[(slash + 1)...])
        }
        if !records.isEmpty { block("pax", type: "x", contents: TarBuilder.paxRecords(records)) }
        name = Array(name.prefix(100))
        link = Array(link.prefix(100))
        append(
            name: name, prefix: prefix, link: link, type: type, contents: contents, mode: mode, time: time, size: size)
    }

    /// The archive with its end.
    public func finish() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    /// What was written so far, without an end.
    public var unfinished: [UInt8] { bytes }

    private mutating func block(_ name: String, type: Character, contents: [UInt8]) {
        append(
            name: Array(name.utf8), prefix: [], link: [], type: type, contents: contents, mode: 0o644, time: 0,
            size: nil)
    }

    private mutating func append(
        name: [UInt8], prefix: [UInt8], link: [UInt8], type: Character, contents: [UInt8], mode: UInt32, time: Int64,
        size: Int64?
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ value: [UInt8], at offset: Int) {
            header.replaceSubrange(offset..<(offset + value.count), with: value)
        }
        func octal(_ value: Int64, _ digits: Int) -> [UInt8] {
            let text = Array(String(max(0, value), radix: 8).utf8)
            return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put(octal(Int64(mode), 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        let size = size ?? Int64(contents.count)
        if size < 1 << 33 {
            put(octal(size, 11), at: 124)
        } else {
            header[124] = 0x80
            for index in 0..<8 { header[128 + index] = UInt8(truncatingIfNeeded: size >> (56 - 8 * Int64(index))) }
        }
        put(octal(time, 11), at: 136)
        header[156] = type.asciiValue ?? 0
        put(link, at: 157)
        if longNames == .gnu && prefix.isEmpty {
            put(Array("ustar  ".utf8), at: 257)
        } else {
            put(Array("ustar".utf8) + [0] + Array("00".utf8), at: 257)
            put(prefix, at: 345)
        }
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        put(octal(header.reduce(0) { $0 + Int64($1) }, 6) + [0], at: 148)
        bytes += header + contents
        bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    private static func paxRecords(_ records: [(String, String)]) -> [UInt8] {
        var result: [UInt8] = []
        for (key, value) in records {
            let rest = " \(key)=\(value)\n".utf8.count
            var length = rest + String(rest).utf8.count
            length = rest + String(length).utf8.count
            result += Array("\(length) \(key)=\(value)\n".utf8)
        }
        return result
    }
}
