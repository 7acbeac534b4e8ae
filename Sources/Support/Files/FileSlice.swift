import LibC

/// A range of a file's bytes: a member of a pack, a package, a wheel.
public struct FileSlice: Sendable {
    /// The file that has the bytes.
    public let file: File
    /// Where it begins, in bytes from the start of the file.
    public let offset: Int64
    /// How many bytes it has.
    public let length: Int64

    /// The bytes of `file` from `offset` on, `length` of them. They are not checked to be there.
    public init(file: File, offset: Int64, length: Int64) {
        self.file = file
        self.offset = offset
        self.length = length
    }

    /// Reads up to `buffer.count` bytes at `position` of the slice (`pread(2)`); returns how many, 0 at its end.
    ///
    /// - Throws: `Failure` if the file ends before the slice does.
    public func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let wanted = min(Int64(buffer.count), length - position)
        if wanted <= 0 { return 0 }
        let count: Int
        do throws(SystemError) {
            count = try Sys.read(
                file.descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(wanted)]),
                at: offset + position)
        } catch {
            throw SystemError(code: error.code, operation: "read '\(file.path)'")
        }
        if count == 0 {
            throw Failure("'\(file.path)' ends at byte \(offset + position), \(length - position) bytes are missing")
        }
        return count
    }

    /// Fills `buffer` with the bytes from `position` on.
    ///
    /// - Throws: `Failure` if there are fewer.
    public func readFully(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count {
            let count = try read(
                at: position + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if count == 0 { throw Failure("'\(file.path)' is too short") }
            done += count
        }
    }

    /// All bytes.
    ///
    /// - Throws: `Failure` if the slice has more than `limit` bytes.
    public func readAll(limit: Int64 = 256 << 20) throws -> [UInt8] {
        if length > limit { throw Failure("'\(file.path)' has a part of \(length) bytes, more than \(limit)") }
        return try [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            try readFully(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
            count = Int(length)
        }
    }

    /// A part of this slice.
    ///
    /// - Throws: `Failure` if it does not lie inside.
    public func part(offset start: Int64, length size: Int64) throws -> FileSlice {
        guard start >= 0, size >= 0, start <= length, size <= length - start else {
            throw Failure("a part of '\(file.path)' lies outside of it")
        }
        return FileSlice(file: file, offset: offset + start, length: size)
    }
}
