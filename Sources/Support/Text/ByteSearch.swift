import CSystem

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Finding and replacing runs of bytes.
public enum ByteSearch {
    /// Where `needle` begins at or behind `start` (`memmem(3)`); nil if it does not occur.
    public static func find(_ needle: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int?
    {
        guard start <= bytes.count, let base = bytes.baseAddress, let pattern = needle.baseAddress, !needle.isEmpty,
            let found = pixi_find_bytes(base + start, bytes.count - start, pattern, needle.count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Where the first `byte` at or behind `start` is (`memchr(3)`); nil if it does not occur.
    public static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start <= bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Whether `needle` occurs in `bytes`; an empty one always does.
    public static func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
        needle.isEmpty
            || bytes.withUnsafeBytes { text in needle.withUnsafeBytes { find($0, in: text, from: 0) != nil } }
    }

    /// UTF-8 text with every non-overlapping `needle` replaced, from left to right. An empty needle matches before
    /// every character and at the end, as in Rust's `str::replace`.
    public static func replacing(_ needle: [UInt8], with replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + replacement.count)
        guard !needle.isEmpty else {
            for byte in text {
                if byte & 0xC0 != 0x80 { result.append(contentsOf: replacement) }
                result.append(byte)
            }
            return result + replacement
        }
        text.withUnsafeBytes { bytes in
            needle.withUnsafeBytes { needle in
                var position = 0
                while let match = find(needle, in: bytes, from: position) {
                    result.append(contentsOf: bytes[position..<match])
                    result.append(contentsOf: replacement)
                    position = match + needle.count
                }
                result.append(contentsOf: bytes[position...])
            }
        }
        return result
    }
}
