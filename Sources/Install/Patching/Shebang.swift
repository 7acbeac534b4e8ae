import CondaModel
import Support

/// Rewrites the first line of a script for the environment's path (docs/spec/install.md#shebangs).
struct Shebang {
    let placeholder: ByteString
    let prefix: ByteString
    let platform: Platform
    /// Whether arguments stay as the original leaves them: `env` then looks for a program of that whole name.
    var isOriginals = false
    /// Whether the script may be used on another machine. Which `env` that has is not known; nearly all take `-S`.
    var isElsewhere = false

    /// The longest line the kernel reads, in bytes without the newline; nil if there is no limit to observe.
    private var limit: Int? {
        if platform.isLinux { return 127 }
        return platform.isMacOS ? 512 : nil
    }

    /// - Parameter line: the bytes before the first newline, beginning with `#!`.
    func rewritten(_ line: [UInt8]) -> [UInt8] {
        // Bytes that are not UTF-8 become U+FFFD, as in the original.
        let line = Array(String(decoding: line, as: UTF8.self).utf8)
        if prefix.bytes.contains(UInt8(ascii: " ")) {
            guard ByteSearch.contains(line, placeholder.bytes) else { return line }
            return ByteSearch.replacing(placeholder.bytes, with: prefix.bytes, in: environmentForm(line))
        }
        let replaced = ByteSearch.replacing(placeholder.bytes, with: prefix.bytes, in: line)
        guard replaced.starts(with: "#!".utf8), let limit, replaced.count > limit else { return replaced }
        return environmentForm(replaced)
    }

    /// The line in a form that starts the interpreter through `/usr/bin/env`; unchanged if it cannot be parsed.
    private func environmentForm(_ line: [UInt8]) -> [UInt8] {
        guard let (path, rest) = Self.parse(line[...]) else { return line }
        let name = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? []
        if Self.isPython(name) {
            return Array("#!/bin/sh\n'''exec' \"".utf8) + path + Array("\"".utf8) + rest
                + Array(" \"$0\" \"$@\" #'''".utf8)
        }
        let hasArguments = rest.contains { $0 > 0x20 }
        let splits = hasArguments && !isOriginals && (isElsewhere || EnvironmentProgram.splitsArguments)
        return Array("#!/usr/bin/env \(splits ? "-S " : "")".utf8) + name + rest
    }

    /// Parses `#!`, blanks, an absolute path in which a backslash protects a blank, and the rest.
    private static func parse(_ line: ArraySlice<UInt8>) -> (path: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        let blank = UInt8(ascii: " ")
        let path = line.dropFirst(2).drop { $0 == blank }
        guard path.first == UInt8(ascii: "/") else { return nil }
        var index = path.startIndex
        while index < path.endIndex {
            let byte = path[index]
            if byte == UInt8(ascii: "\\"), index + 1 < path.endIndex, path[index + 1] == blank {
                index += 2
                continue
            }
            if byte == blank || byte == 0x09 || byte == 0x0A || byte == 0x0D { break }
            index += 1
        }
        return (path[..<index], path[index...])
    }

    /// Whether the name is `python`, `python3`, `python3.12` or the like with other numbers.
    private static func isPython(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.starts(with: "python".utf8) else { return false }
        let version = name.dropFirst(6)
        if version.isEmpty { return true }
        let parts = version.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isASCIIDigit) }
    }
}
