import Support

/// A command that calls a function of a Python module.
struct EntryPoint: Sendable, Equatable {
    /// The name of the script.
    let command: ByteString
    /// The module to import, with dots.
    let module: ByteString
    /// What to call in the module, with dots.
    let function: ByteString

    /// The name to import: the function's part before its first dot.
    var importedName: ByteString {
        ByteString(function.bytes.prefix { $0 != UInt8(ascii: ".") })
    }

    init(command: ByteString, module: ByteString, function: ByteString) {
        self.command = command
        self.module = module
        self.function = function
    }

    /// Reads `command = module:function` of a conda package's `info/link.json` (docs/spec/install.md#info). Extras
    /// behind the function (`app [cli]`), which recipes copy from entry_points.txt, are ignored.
    ///
    /// - Throws: `Failure` naming the entry point and what is wrong with it.
    init(condaText text: ByteString) throws {
        func refuse(_ reason: Message) -> Failure { Failure("invalid entry point '\(text)': \(reason)") }
        guard let equals = text.bytes.firstIndex(of: UInt8(ascii: "=")) else { throw refuse("it has no '='") }
        let target = text.bytes[(equals + 1)...]
        guard let colon = target.firstIndex(of: UInt8(ascii: ":")) else { throw refuse("it names no function") }
        command = trimmingSpace(text.bytes[..<equals])
        module = trimmingSpace(target[..<colon])
        function = Self.withoutExtras(trimmingSpace(target[(colon + 1)...]))
        if command.isEmpty { throw refuse("the command is empty") }
        if command.bytes.first == UInt8(ascii: ".") { throw refuse("the command begins with a dot") }
        if command.bytes.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }) {
            throw refuse("the command is not a plain file name")
        }
        if InterpreterNames.contain(command) { throw refuse("the name of the command is reserved for the interpreter") }
        if !Self.isDottedIdentifier(module) { throw refuse("'\(module)' is not the name of a module") }
        if !Self.isDottedIdentifier(function) { throw refuse("'\(function)' is not the name of a function") }
    }

    private static func withoutExtras(_ text: ByteString) -> ByteString {
        guard text.bytes.last == UInt8(ascii: "]"), let open = text.bytes.firstIndex(of: UInt8(ascii: "[")) else {
            return text
        }
        return trimmingSpace(text.bytes[..<open])
    }

    private static func isDottedIdentifier(_ text: ByteString) -> Bool {
        text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, first == UInt8(ascii: "_") || isASCIILetter(first) else { return false }
            return part.allSatisfy { $0 == UInt8(ascii: "_") || isASCIILetter($0) || isASCIIDigit($0) }
        }
    }
}

/// The bytes without white space (Unicode) at both ends.
func trimmingSpace(_ bytes: ArraySlice<UInt8>) -> ByteString {
    guard let text = String(validating: bytes, as: UTF8.self) else { return ByteString(bytes) }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
        let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return ByteString() }
    return ByteString(String(scalars[first...last]))
}
