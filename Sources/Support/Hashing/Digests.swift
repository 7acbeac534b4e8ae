import CLibCrypto

/// The 32 bytes of a SHA-256 digest (FIPS 180-4).
public struct SHA256Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless the text is 64 hexadecimal digits of any case.
    public init?(hex: some StringProtocol) {
        self.init(hexBytes: hex.utf8)
    }

    /// Nil unless the bytes are 64 hexadecimal digits of any case.
    public init?(hexBytes: some Collection<UInt8>) {
        guard let bytes = decodeHex(hexBytes), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Nil unless there are 32 bytes.
    public init?(exactly bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// 32 zero bytes: stands for a digest that is not known.
    public static let zero = SHA256Digest(bytes: [UInt8](repeating: 0, count: 32))

    /// Lower-case hexadecimal.
    public var hex: String { encodeHex(bytes) }
}

/// The 16 bytes of an MD5 digest (RFC 1321). Only for what indexes ask for; security rests on SHA-256.
public struct MD5Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless the text is 32 hexadecimal digits of any case.
    public init?(hex: some StringProtocol) {
        guard let bytes = decodeHex(hex.utf8), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Lower-case hexadecimal.
    public var hex: String { encodeHex(bytes) }
}

/// SHA-256 of bytes that come piece by piece, computed by libcrypto's low-level routine.
public struct SHA256Hasher {
    private var context = SHA256_CTX()

    public init() { SHA256_Init(&context) }

    /// Adds the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes. Nothing can be added afterwards.
    public mutating func finish() -> SHA256Digest {
        SHA256Digest(
            bytes: [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                SHA256_Final(buffer.baseAddress, &context)
                count = 32
            })
    }

    /// Whether all bytes so far fill whole blocks of 64.
    var isBetweenBlocks: Bool { context.num == 0 }

    /// The eight words of the state (FIPS 180-4, 6.2).
    var words: [UInt32] { withUnsafeBytes(of: context.h) { Array($0.bindMemory(to: UInt32.self)) } }

    /// Takes over the state that another routine computed from `count` more bytes, which were whole blocks.
    mutating func replace(_ words: some Sequence<UInt32>, after count: Int) {
        withUnsafeMutableBytes(of: &context.h) { state in
            for (word, value) in zip(state.bindMemory(to: UInt32.self).indices, words) {
                state.storeBytes(of: value, toByteOffset: word * 4, as: UInt32.self)
            }
        }
        // libcrypto counts bits, in two halves of 32.
        let bits = (UInt64(context.Nh) << 32 | UInt64(context.Nl)) &+ UInt64(count) << 3
        context.Nl = UInt32(truncatingIfNeeded: bits)
        context.Nh = UInt32(truncatingIfNeeded: bits >> 32)
    }

    /// The digest of bytes in memory.
    public static func hash(_ bytes: some Sequence<UInt8>) -> SHA256Digest {
        var hasher = SHA256Hasher()
        if bytes.withContiguousStorageIfAvailable({ hasher.update(UnsafeRawBufferPointer($0)) }) == nil {
            Array(bytes).withUnsafeBytes { hasher.update($0) }
        }
        return hasher.finish()
    }
}

/// MD5 of bytes that come piece by piece.
public struct MD5Hasher {
    private var context = MD5_CTX()

    public init() { MD5_Init(&context) }

    /// Adds the next bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        MD5_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes. Nothing can be added afterwards.
    public mutating func finish() -> MD5Digest {
        MD5Digest(
            bytes: [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
                MD5_Final(buffer.baseAddress, &context)
                count = 16
            })
    }
}

extension FileSlice {
    /// The SHA-256 of all bytes of the slice.
    ///
    /// - Throws: `Failure` if they cannot be read.
    public func sha256() throws -> SHA256Digest {
        var hasher = SHA256Hasher()
        try forEachChunk { hasher.update($0) }
        return hasher.finish()
    }

    /// The MD5 of all bytes of the slice.
    ///
    /// - Throws: `Failure` if they cannot be read.
    public func md5() throws -> MD5Digest {
        var hasher = MD5Hasher()
        try forEachChunk { hasher.update($0) }
        return hasher.finish()
    }

    /// Calls `body` with the bytes from first to last, in pieces of up to `size` bytes. A piece is valid during the
    /// call only.
    public func forEachChunk(size: Int = 256 << 10, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        var position: Int64 = 0
        while position < length {
            try Interruption.check()
            let count = try read(at: position, into: buffer)
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += Int64(count)
        }
    }
}

/// Lower-case hexadecimal digits of `bytes`.
public func encodeHex(_ bytes: some Sequence<UInt8>) -> String {
    var digits: [UInt8] = []
    let alphabet = Array("0123456789abcdef".utf8)
    for byte in bytes {
        digits.append(alphabet[Int(byte >> 4)])
        digits.append(alphabet[Int(byte & 15)])
    }
    return String(decoding: digits, as: UTF8.self)
}

/// The bytes of hexadecimal digits of any case; nil if there is anything else or an odd number of them.
public func decodeHex(_ digits: some Collection<UInt8>) -> [UInt8]? {
    // Copied into an array, for which the compiler makes a fast loop.
    let digits = Array(digits)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
        let value: UInt8
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
        default: return nil
        }
        if let first = high {
            bytes.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return bytes
}
