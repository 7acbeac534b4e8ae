/// The sections of `~/.aws/config` and `~/.aws/credentials`; a setting nested below another is named `outer.inner`.
struct INIFile: Sendable {
    private(set) var sections: [String: [String: String]] = [:]

    init(_ text: [UInt8]) {
        var section = ""
        var outer: String?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = INIFile.trimmed(line)
            guard let first = words.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
            if first == UInt8(ascii: "["), let end = words.lastIndex(of: UInt8(ascii: "]")) {
                var name = String(decoding: INIFile.trimmed(words[(words.startIndex + 1)..<end]), as: UTF8.self)
                if name.hasPrefix("profile ") { name = String(name.dropFirst(8).drop { $0 == " " }) }
                section = name
                outer = nil
                continue
            }
            guard let equals = words.firstIndex(of: UInt8(ascii: "=")) else { continue }
            var key = String(decoding: INIFile.trimmed(words[..<equals]), as: UTF8.self).lowercased()
            let value = String(decoding: INIFile.trimmed(words[(equals + 1)...]), as: UTF8.self)
            // An indented line belongs to the setting above that is not.
            if line.first == 0x20 || line.first == 0x09 {
                guard let outer else { continue }
                key = "\(outer).\(key)"
            } else {
                outer = key
            }
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
