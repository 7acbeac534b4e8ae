import Support

/// The name of a Python distribution in normal form: lower case, runs of `-`, `_` and `.` as one `-` (PEP 503).
public struct PyPIName: Hashable, Sendable {
    /// The normal form; ASCII.
    public let text: String

    /// - Throws: `Failure` if the text is not a name by PEP 508.
    public init(_ text: String) throws {
        guard let name = PyPIName(bytes: text.utf8) else {
            throw Failure(
                "'\(text)' is not a valid Python package name: it must begin and end with an ASCII letter or digit and "
                    + "contain only these, '-', '_' and '.'")
        }
        self = name
    }

    private init?(bytes: String.UTF8View) {
        guard let first = bytes.first, let last = bytes.last, isASCIIAlphanumeric(first), isASCIIAlphanumeric(last)
        else {
            return nil
        }
        var result: [UInt8] = []
        var separated = false
        for byte in bytes {
            if isASCIIAlphanumeric(byte) {
                if separated { result.append(UInt8(ascii: "-")) }
                separated = false
                result.append(asciiLowercased(byte))
            } else if isNameSeparator(byte) {
                separated = true
            } else {
                return nil
            }
        }
        text = String(decoding: result, as: UTF8.self)
    }
}

extension PyPIName: Comparable, CustomStringConvertible {
    public static func < (left: PyPIName, right: PyPIName) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    public var description: String { text }
}
