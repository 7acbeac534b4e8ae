import CSystem
import LibC

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

    /// Where `needle` occurs in `bytes`, from left to right and not overlapping; an empty one never does. The standard
    /// library's `ranges(of:)` takes a hundred times as long.
    public static func ranges(of needle: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
        bytes.withUnsafeBytes { text in
            needle.withUnsafeBytes { needle in
                var found: [Range<Int>] = []
                while let match = find(needle, in: text, from: found.last?.upperBound ?? 0) {
                    found.append(match..<match + needle.count)
                }
                return found
            }
        }
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
        var position = 0
        for range in ranges(of: needle, in: text) {
            result.append(contentsOf: text[position..<range.lowerBound])
            result.append(contentsOf: replacement)
            position = range.upperBound
        }
        result.append(contentsOf: text[position...])
        return result
    }
}
