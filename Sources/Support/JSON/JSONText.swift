/// The text of one element of a list, put together from pieces. It is for lists so long that a call of `JSONWriter` for each
/// key and value would take noticeable time. The caller writes line breaks and indentation itself.
public struct JSONText {
    fileprivate var bytes: [UInt8]

    /// Adds text as it is.
    public mutating func append(_ text: StaticString) {
        // The pointer of a literal of more than one scalar is valid for good.
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Adds a string for which `JSONWriter.isPlain` is true.
    public mutating func append(quoted text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds a string of hexadecimal digits.
    public mutating func append(_ digest: SHA256Digest) {
        bytes.append(UInt8(ascii: "\""))
        digest.withDigits { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds a number.
    public mutating func append(_ number: UInt64) {
        var unit: UInt64 = 1
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / unit % 10))
            unit /= 10
        }
    }
}

extension JSONWriter {
    /// Writes an element of a list as text.
    public mutating func element(_ body: (inout JSONText) -> Void) {
        withText { bytes in
            var text = JSONText(bytes: [])
            swap(&text.bytes, &bytes)
            body(&text)
            swap(&text.bytes, &bytes)
        }
    }

    /// Whether a string is UTF-8 in which JSON has nothing to escape.
    public static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let text = UnsafeRawBufferPointer(text)
        return PlainText.end(in: text, from: 0) == text.count && UTF8Validity.isValid(text)
    }
}
