import Support

/// Computes how large the tar of a pack will be.
public enum TarPackSize {
    /// The size of the tar in bytes.
    ///
    /// - Parameter size: the size of an entry whose content is awaited; an unknown one counts as 0.
    /// - Throws: `Failure` if two entries have the same path.
    public static func bytes(of entries: [PackEntry], size: (PackEntry) -> Int64?) throws -> Int64 {
        try PackOrder(entries).items.reduce(TarHeaderBytes.endSize) { sum, item in
            switch item {
            case .directory(let path): return sum &+ Int64(TarHeaderBytes.directory(path).count)
            case .file(let entry):
                let length: Int64 =
                    switch entry.contents {
                    case .bytes(let bytes): Int64(bytes.count)
                    case .awaited: max(0, size(entry) ?? 0)
                    case .directory: 0
                    }
                return sum &+ Int64(TarHeaderBytes.file(entry.path, size: length).count) &+ length
                    &+ Int64(TarHeaderBytes.padding(after: length))
            }
        }
    }
}
