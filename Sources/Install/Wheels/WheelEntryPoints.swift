import Support

/// The scripts a wheel asks for in `entry_points.txt` (docs/spec/install.md#wheel-entry-points).
struct WheelEntryPoints: Sendable, Equatable {
    /// Console scripts, then GUI scripts, each in the order of the file; a name may occur in both.
    var entries: [EntryPoint]

    /// - Parameters:
    ///   - text: the file. If there is none, or it is not UTF-8, there are no entry points.
    ///   - pythonMinor: the minor version of the environment's Python, for pip's versioned script.
    /// - Throws: `Failure` naming the line or the entry point that is wrong.
    init(_ text: [UInt8]?, pythonMinor: UInt64) throws {
        entries = []
        guard let text, String(validating: text, as: UTF8.self) != nil else { return }
        let sections = try Self.sections(text)
        entries = try Self.withVersionedPip(
            Self.entryPoints(sections["console_scripts"], in: "console_scripts"), minor: pythonMinor)
        entries += try Self.entryPoints(sections["gui_scripts"], in: "gui_scripts")
        for entry in entries { try Self.checkName(entry.command) }
    }

    private typealias Section = [(key: ByteString, value: ByteString?)]

    private static func sections(_ text: [UInt8]) throws -> [ByteString: Section] {
        var result: [ByteString: Section] = [:]
        /// The position of each key of a section.
        var places: [ByteString: [ByteString: Int]] = [:]
        var section: ByteString = ""
        for line in text.split(separator: 0x0A) {
            let content = trimmingSpace(line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "#") })
            if content.isEmpty { continue }
            if content.bytes.first == UInt8(ascii: "[") {
                guard let end = content.bytes.lastIndex(of: UInt8(ascii: "]")) else {
                    throw Failure("entry_points.txt has the line '\(content)' without a closing bracket")
                }
                section = trimmingSpace(content.bytes[1..<end])
                continue
            }
            var (key, value): (ByteString, ByteString?) = (content, nil)
            if let equals = content.bytes.firstIndex(of: UInt8(ascii: "=")) {
                key = trimmingSpace(content.bytes[..<equals])
                value = trimmingSpace(content.bytes[(equals + 1)...])
            }
            if key.isEmpty { throw Failure("entry_points.txt has the line '\(content)' without a name") }
            if let known = places[section]?[key] {
                result[section]?[known].value = value
            } else {
                places[section, default: [:]][key] = result[section]?.count ?? 0
                result[section, default: []].append((key, value))
            }
        }
        return result
    }

    private static func entryPoints(_ section: Section?, in name: String) throws -> [EntryPoint] {
        try (section ?? []).map { key, value in
            guard let value else {
                throw Failure("entry_points.txt has the script '\(key)' in [\(name)] without a value")
            }
            guard let (module, function) = target(value) else {
                throw Failure("entry_points.txt has the script '\(key)' with the invalid value '\(value)'")
            }
            return EntryPoint(command: key, module: module, function: function)
        }
    }

    /// The parts of `module : function [extras]`; nil if the text has another form.
    private static func target(_ value: ByteString) -> (module: ByteString, function: ByteString)? {
        guard let colon = value.bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        // White space may come before the colon; white space before the module was removed with the rest of the value.
        let module = trimmingSpace(value.bytes[..<colon])
        var function = trimmingSpace(value.bytes[(colon + 1)...])
        if function.bytes.last == UInt8(ascii: "]"), let open = function.bytes.firstIndex(of: UInt8(ascii: "[")) {
            if trimmingSpace(function.bytes[(open + 1)..<(function.count - 1)]).isEmpty { return nil }
            function = trimmingSpace(function.bytes[..<open])
        }
        return isObjectPath(module) && isObjectPath(function) ? (module, function) : nil
    }

    /// Whether the text has only letters of any script, digits, `_`, `-` and `.`, and at least one of them.
    private static func isObjectPath(_ text: ByteString) -> Bool {
        !text.isEmpty
            && text.lossyString.unicodeScalars.allSatisfy { scalar in
                if scalar == "-" || scalar == "." || scalar.properties.isAlphabetic { return true }
                switch scalar.properties.generalCategory {
                case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark: return true
                default: return scalar.properties.isJoinControl
                }
            }
    }

    /// pip's wheel is built with one version of Python and installed for another, so its script `pip3.<minor>` is
    /// renamed.
    private static func withVersionedPip(_ entries: [EntryPoint], minor: UInt64) -> [EntryPoint] {
        var result = entries.filter { entry in
            !(entry.command.hasPrefix("pip3.") && isSmallNumber(entry.command.bytes.dropFirst(5)))
        }
        if let pip = result.first(where: { $0.command == "pip3" }) {
            result.append(
                EntryPoint(command: ByteString("pip3.\(minor)"), module: pip.module, function: pip.function))
        }
        return result
    }

    /// - Throws: `Failure` if a script of that name would be outside of the scripts' folder, or replace an interpreter.
    private static func checkName(_ name: ByteString) throws {
        guard let path = normalizedPath(name), !path.bytes.contains(UInt8(ascii: "/")), !path.bytes.contains(0) else {
            throw Failure("the script name '\(name)' is not a plain file name")
        }
        // `./python3` would be the same file.
        if InterpreterNames.contain(ByteString(path.bytes)) {
            throw Failure("the script name '\(name)' is reserved for the interpreter")
        }
    }

    /// A decimal number from 0 to 255.
    private static func isSmallNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy(isASCIIDigit) && UInt8(String(decoding: digits, as: UTF8.self)) != nil
    }
}
