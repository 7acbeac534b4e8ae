import Support

/// Where the files of a pack lie in its tar, which follows from their names and sizes (docs/format.md).
public struct TarPackLayout {
    /// Of each file's content, in bytes from the start of the tar.
    public private(set) var offsets: [RelativePath: Int64] = [:]
    /// Of the whole tar, in bytes.
    public private(set) var size: Int64 = 0

    /// - Parameter files: all of them, with their sizes in bytes.
    /// - Returns: nil if two have the same path, or sizes make no sense.
    public init?(of files: [(path: RelativePath, size: Int64)]) {
        guard let order = try? PackOrder(files.map { PackEntry($0.path, .awaited(size: $0.size)) }) else { return nil }
        for item in order.items {
            switch item {
            case .directory(let path): size += Int64(TarHeaderBytes.directory(path).count)
            case .file(let entry):
                guard case .awaited(let length?) = entry.contents, (0..<(1 << 50)).contains(length), size < 1 << 60
                else { return nil }
                size += Int64(TarHeaderBytes.file(entry.path, size: length).count)
                offsets[entry.path] = size
                size += length + Int64(TarHeaderBytes.padding(after: length))
            }
        }
        size += TarHeaderBytes.endSize
    }
}
