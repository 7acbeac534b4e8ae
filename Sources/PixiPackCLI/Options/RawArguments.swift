import Support

/// The arguments of the process as text, without loss.
///
/// An argument is bytes; a path in it need not be UTF-8, while Swift's own `CommandLine.arguments` would repair it into
/// another path. Bytes that are not UTF-8 become scalars of the last private plane (U+10FF00 + byte), which `bytes(of:)`
/// turns back; so that this is unambiguous, such a scalar in an argument is escaped byte by byte as well.
enum RawArguments {
    private static let escape: UInt32 = 0x10FF00

    static func ofProcess() -> [String] {
        (0..<Int(CommandLine.argc)).compactMap { index in
            CommandLine.unsafeArgv[index].map { text(of: ByteString(cString: $0)) }
        }
    }

    /// The argument as text.
    static func text(of argument: ByteString) -> String {
        if let text = argument.string, !text.unicodeScalars.contains(where: isEscape) { return text }
        var scalars = String.UnicodeScalarView()
        var rest = argument.bytes[...]
        while let byte = rest.first {
            let length = sequenceLength(byte)
            let sequence = rest.prefix(length)
            if let text = String(validating: sequence, as: UTF8.self), let scalar = text.unicodeScalars.first,
                !isEscape(scalar)
            {
                scalars.append(scalar)
                rest = rest.dropFirst(length)
            } else {
                if let scalar = Unicode.Scalar(escape + UInt32(byte)) { scalars.append(scalar) }
                rest = rest.dropFirst()
            }
        }
        return String(scalars)
    }

    /// The bytes that `text(of:)` made `text` from.
    static func bytes(of text: String) -> ByteString {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if isEscape(scalar) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
        return ByteString(bytes)
    }

    private static func isEscape(_ scalar: Unicode.Scalar) -> Bool { scalar.value & 0xFFFF00 == escape }

    private static func sequenceLength(_ first: UInt8) -> Int {
        switch first {
        case 0xC0..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0...: 4
        default: 1
        }
    }
}
