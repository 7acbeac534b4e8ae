import LibC

/// Bytes that name something: a path, a scalar of a lock file, a file name. They are compared and hashed as bytes,
/// never as Unicode text.
///
///     let path: ByteString = "/opt/env"
///     let python = path.appending(path: "bin/python")  // /opt/env/bin/python
///     python.lastPathComponent  // python
public struct ByteString: Sendable {
    /// The bytes; any values are possible.
    public var bytes: [UInt8]

    @inlinable
    /// These bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    @inlinable
    /// The UTF-8 bytes of a text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    @inlinable
    public init<Bytes: Sequence>(_ bytes: Bytes) where Bytes.Element == UInt8 { self.bytes = Array(bytes) }

    @inlinable
    public init() { bytes = [] }

    /// The bytes up to the terminating zero.
    public init(cString: UnsafePointer<CChar>) {
        bytes = Array(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
    }

    /// How many bytes there are.
    @inlinable public var count: Int { bytes.count }
    @inlinable public var isEmpty: Bool { bytes.isEmpty }

    /// The text if the bytes are valid UTF-8.
    public var string: String? { String(validating: bytes, as: UTF8.self) }

    /// Text for messages; invalid sequences become U+FFFD.
    public var lossyString: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the bytes begin with those of `prefix`; empty ones always do.
    public func hasPrefix(_ prefix: ByteString) -> Bool {
        prefix.isEmpty || has(prefix, at: 0)
    }

    /// Whether the bytes end with those of `suffix`; empty ones always do.
    public func hasSuffix(_ suffix: ByteString) -> Bool {
        suffix.isEmpty || has(suffix, at: count - suffix.count)
    }

    private func has(_ part: ByteString, at start: Int) -> Bool {
        guard start >= 0, start + part.count <= count else { return false }
        return bytes.withUnsafeBytes { all in
            part.bytes.withUnsafeBytes { part in
                guard let base = all.baseAddress, let other = part.baseAddress else { return part.isEmpty }
                return memcmp(base + start, other, part.count) == 0
            }
        }
    }

    /// Calls `body` with the bytes as a C string. The bytes must not contain a zero: system calls would read only up to
    /// it.
    @inlinable
    public func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
            }
            buffer[bytes.count] = 0
            return try body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
        }
    }
}

extension ByteString: Hashable {
    @inlinable
    public static func == (left: ByteString, right: ByteString) -> Bool {
        left.bytes.count == right.bytes.count
            && left.bytes.withUnsafeBytes { leftBytes in
                right.bytes.withUnsafeBytes { rightBytes in
                    leftBytes.count == 0
                        || memcmp(
                            leftBytes.baseAddress.unsafelyUnwrapped, rightBytes.baseAddress.unsafelyUnwrapped,
                            leftBytes.count) == 0
                }
            }
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(UInt8(0xFF))
    }
}

extension ByteString: Comparable {
    public static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.withUnsafeBytes { leftBytes in
            right.bytes.withUnsafeBytes { rightBytes in
                let common = min(leftBytes.count, rightBytes.count)
                if common > 0, let leftBase = leftBytes.baseAddress, let rightBase = rightBytes.baseAddress {
                    let order = memcmp(leftBase, rightBase, common)
                    if order != 0 { return order < 0 }
                }
                return leftBytes.count < rightBytes.count
            }
        }
    }
}

extension ByteString: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral value: String) { self.init(value) }
    public var description: String { lossyString }
}

extension ByteString {
    public static func + (left: ByteString, right: ByteString) -> ByteString { ByteString(left.bytes + right.bytes) }

    /// The two joined by exactly one `/`. An absolute `component` replaces the whole path.
    public func appending(path component: ByteString) -> ByteString {
        if component.bytes.first == UInt8(ascii: "/") || isEmpty { return component }
        if bytes.last == UInt8(ascii: "/") { return self + component }
        return ByteString(bytes + [UInt8(ascii: "/")] + component.bytes)
    }

    /// The part after the last `/`.
    public var lastPathComponent: ByteString {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return ByteString(bytes[(slash + 1)...])
    }

    /// The part before the last `/`: `.` if there is none, `/` for children of the root.
    public var parentPath: ByteString {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == 0 ? "/" : ByteString(bytes[..<slash])
    }
}
