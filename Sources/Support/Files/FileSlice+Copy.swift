import LibC

extension FileSlice {
    /// Copies all bytes into an open file at `position`, inside the kernel where it can be done
    /// (`copy_file_range(2)`).
    ///
    /// - Throws: `Failure` if the file ends before the slice does; `SystemError`.
    public func copy(to descriptor: Int32, at position: Int64) throws {
        var done: Int64 = 0
        while done < length {
            do {
                let count = try Sys.copyRange(
                    from: file.descriptor, at: offset + done, to: descriptor, at: position + done, count: length - done)
                if count == 0 { throw Failure("'\(file.path)' ends before it should") }
                done += count
            } catch let error as SystemError where [ENOSYS, EXDEV, EINVAL, EOPNOTSUPP, EPERM].contains(error.code) {
                try part(offset: done, length: length - done).forEachChunk(size: 1 << 20) { bytes in
                    try Sys.writeAll(descriptor, bytes, at: position + done)
                    done += Int64(bytes.count)
                }
            }
        }
    }
}
