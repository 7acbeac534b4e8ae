import Support

/// Looks for files of a tar without reading all of its headers.
public enum TarSearch {
    /// The size of a block: headers begin at its multiples.
    public static let blockSize: Int64 = 512

    /// The last file of that name whose header is in a part of the tar; nil if there is none.
    ///
    /// - Parameter start: where the part begins, a multiple of the block size; it ends with the tar.
    public static func last(_ name: RelativePath, in tar: FileSlice, from start: Int64) throws -> FileSlice? {
        let size = TarHeader.blockSize
        let bytes = try tar.part(offset: start, length: tar.length - start).readAll()
        let wanted = name.bytes.bytes + [0]
        for position in stride(from: bytes.count / size * size - size, through: 0, by: -size)
        where bytes[position...].starts(with: wanted) {
            let place = start + Int64(position)
            guard let header = try? TarHeader(bytes[position..<(position + size)], at: place),
                header.name == name.bytes,
                header.size <= tar.length - place - Int64(size)
            else { continue }
            return try tar.part(offset: place + Int64(size), length: header.size)
        }
        return nil
    }

    /// The first file of that name in a tar whose parts come when they are read; nothing behind it is read.
    ///
    /// - Parameter prepare: called with offset and length of what is about to be read.
    /// - Throws: `Failure` if the tar is damaged or cut off before it.
    public static func first(
        _ name: RelativePath, in tar: FileSlice, prepare: @escaping (Int64, Int64) throws -> Void
    ) throws -> FileSlice? {
        struct Found: Error { let data: FileSlice }
        do {
            _ = try TarIndex(tar, prepare: prepare, member: { if $0 == name { throw Found(data: $1) } })
            return nil
        } catch let found as Found {
            return found.data
        }
    }
}
