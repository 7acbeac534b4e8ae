/// The sections of `~/.aws/config` and `~/.aws/credentials`.
struct INIFile: Sendable {
    private(set) var sections: [String: [String: String]] = [:]

    init(_ text: [UInt8]) {
        var section = ""
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = INIFile.trimmed(line)
            guard let first = words.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            if first == UInt8(ascii: "["), let end = words.lastIndex(of: UInt8(ascii: "]")) {
                var name = String(decoding: INIFile.trimmed(words[(words.startIndex + 1)..<end]), as: UTF8.self)
                if name.hasPrefix("profile ") { name = String(name.dropFirst(8).drop { $0 == " " }) }
                section = name
                continue
            }
            // An indented line belongs to a nested setting.
            guard line.first != 0x20, line.first != 0x09, let equals = words.firstIndex(of: UInt8(ascii: "=")) else {
                continue
            }
            let key = String(decoding: INIFile.trimmed(words[..<equals]), as: UTF8.self).lowercased()
            let value = String(decoding: INIFile.trimmed(words[(equals + 1)...]), as: UTF8.self)
            sections[section, default: [:]][key] = value
        }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        let start = line.firstIndex { !isBlank($0) } ?? line.endIndex
        let end = line.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
        return line[start..<end]
    }
}
