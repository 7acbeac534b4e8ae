import CondaModel
import Support

/// Rewrites the first line of a script for the environment's path (docs/spec/install.md#shebangs).
struct Shebang {
    let placeholder: ByteString
    let prefix: ByteString
    let platform: Platform
    /// Whether arguments stay as the original leaves them: `env` then looks for a program of that whole name.
    var followsOriginal = false
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
        if hasBlank { return ByteSearch.contains(line, placeholder.bytes) ? throughEnvironment(line) : line }
        let plain = replaced(line[...])
        return plain.starts(with: "#!".utf8) && isTooLong(plain) ? throughEnvironment(line) : plain
    }

    /// Whether the kernel would take a part of the path for the interpreter. The original looks for spaces only.
    private var hasBlank: Bool {
        prefix.bytes.contains { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") && !followsOriginal }
    }

    private func isTooLong(_ line: [UInt8]) -> Bool { limit.map { line.count > $0 } ?? false }

    private func replaced(_ part: ArraySlice<UInt8>) -> [UInt8] {
        ByteSearch.replacing(placeholder.bytes, with: prefix.bytes, in: Array(part))
    }

    /// The line in a form in which no path of the environment is the interpreter; only adapted if it cannot be parsed.
    private func throughEnvironment(_ given: [UInt8]) -> [UInt8] {
        // The original puts the path in before it looks for the interpreter, unless there is a blank in it.
        let line = followsOriginal && !hasBlank ? replaced(given[...]) : given
        guard let (path, rest) = Self.parse(line[...]) else { return replaced(line[...]) }
        if !followsOriginal, !ByteSearch.contains(Array(path), placeholder.bytes),
            ByteSearch.contains(Array(rest), placeholder.bytes)
        {
            return adapted(path, rest)
        }
        return environmentForm(path, rest)
    }

    /// The line of an interpreter outside of the environment that gets one of its paths: `#!/usr/bin/env P/bin/x`. The kernel
    /// passes all that follows the interpreter as one argument, blanks included; only `env -S` and macOS split it.
    private func adapted(_ path: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>) -> [UInt8] {
        let isEnvironment = ["/usr/bin/env", "/bin/env"].contains { path.elementsEqual($0.utf8) }
        let blank = UInt8(ascii: " ")
        var words = rest.drop { $0 == blank }
        let splits = isEnvironment && words.starts(with: "-S ".utf8)
        if splits { words = words.dropFirst(3).drop { $0 == blank } }
        let plain = Array("#!".utf8) + path + (splits ? arguments(rest, of: .environment) : replaced(rest))
        guard isEnvironment, isTooLong(plain) || hasBlank && platform.isMacOS, words.starts(with: placeholder.bytes)
        else { return plain }
        let program = words.prefix { $0 > 0x20 }
        return environmentForm(program, words[program.endIndex...])
    }

    /// The line in a form that starts the interpreter through `/usr/bin/env`, or `sh`.
    private func environmentForm(_ path: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>) -> [UInt8] {
        // The interpreter may be the placeholder itself: then it is called as the environment's folder is.
        let place = hasBlank ? Array(path) : replaced(path)
        let name = replaced(place.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? [])[...]
        if Self.isPython(name) {
            let quote = Array("\"".utf8)
            let program = followsOriginal ? quote + replaced(path) + quote : WordSplitter.shell.quoted(replaced(path))
            return Array("#!/bin/sh\n'''exec' ".utf8) + program + arguments(rest, of: .shell)
                + Array(" \"$0\" \"$@\" #'''".utf8)
        }
        let hasArguments = rest.contains { $0 > 0x20 }
        let splits = hasArguments && !followsOriginal && (isElsewhere || EnvironmentProgram.splitsArguments)
        return Array("#!/usr/bin/env \(splits ? "-S " : "")".utf8) + name
            + (splits ? arguments(rest, of: .environment) : replaced(rest))
    }

    /// Arguments that a program splits into words again: a path of the environment stays in one word.
    private func arguments(_ rest: ArraySlice<UInt8>, of splitter: WordSplitter) -> [UInt8] {
        followsOriginal ? replaced(rest) : splitter.replacing(placeholder, with: prefix, in: Array(rest))
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
