import CLibCrypto

/// The 32 bytes of a SHA-256 digest (FIPS 180-4). They are kept in place, as there is one for each file of an environment.
public struct SHA256Digest: Hashable, Sendable {
    /// Eight bytes each, as they lie in memory.
    private let first, second, third, fourth: UInt64

    public var bytes: [UInt8] {
        withUnsafeBytes(of: self) { [UInt8]($0) }
    }

    /// Nil unless the text is 64 hexadecimal digits of any case.
    public init?(hex: some StringProtocol) {
        self.init(hexBytes: Array(hex.utf8))
    }

    /// Nil unless the bytes are 64 hexadecimal digits of any case.
    public init?(hexBytes: some Collection<UInt8>) {
        let digits = Array(hexBytes)
        guard let digest = digits.withUnsafeBytes({ SHA256Digest(digits: $0) }) else { return nil }
        self = digest
    }

    /// Nil unless the bytes are 64 hexadecimal digits of any case.
    public init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == 64 else { return nil }
        func word(_ index: Int) -> UInt64? {
            guard let low = HexDigits.value(of: digits.loadUnaligned(fromByteOffset: index * 16, as: UInt64.self)),
                let high = HexDigits.value(of: digits.loadUnaligned(fromByteOffset: index * 16 + 8, as: UInt64.self))
            else { return nil }
            return UInt64(low) | UInt64(high) << 32
        }
        guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
        (self.first, self.second, self.third, self.fourth) = (first, second, third, fourth)
    }

    /// Nil unless there are 32 bytes.
    public init?(exactly bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }

    /// - Parameter bytes: 32.
    init(bytes: [UInt8]) {
        func word(_ index: Int) -> UInt64 {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self) }
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }

    /// 32 zero bytes: stands for a digest that is not known.
    public static let zero = SHA256Digest(bytes: [UInt8](repeating: 0, count: 32))

    /// Lower-case hexadecimal.
    public var hex: String {
        withDigits { String(decoding: $0, as: UTF8.self) }
    }

    /// Calls `body` with the 64 digits of lower-case hexadecimal.
    func withDigits<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let digits = (
            HexDigits.digits(of: first), HexDigits.digits(of: second), HexDigits.digits(of: third),
            HexDigits.digits(of: fourth)
        )
        return withUnsafeBytes(of: digits, body)
    }
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
