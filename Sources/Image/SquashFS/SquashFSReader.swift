import Archive
import Support

/// Reads a SquashFS with zstd: what is in it, then the files' contents, several at a time if wanted.
///
///     let image = try SquashFSReader(slice, maximumSize: nil)
///     image.entries      // folders before what is in them
///     try image.makeContents().read(5) { bytes in … }
///
/// An image may be anybody's. Memory and time grow with the bytes that are read, not with what they claim; folders are read
/// once each, and all files together may have a thousand times the image's size unless more is allowed.
public struct SquashFSReader: ImageInput {
    public let entries: [ImageEntry]
    public let groups: [[Int]]

    private let image: FileSlice
    private let superblock: SquashFSSuperblock
    /// Of the files among the entries.
    private let contents: [Int: SquashFSContent]

    /// - Parameter maximumSize: the most bytes all files may have together; nil: what is usual.
    /// - Throws: `Failure` if it is no SquashFS, not one of this kind, or damaged.
    public init(_ image: FileSlice, maximumSize: Int64? = nil) throws {
        let superblock = try SquashFSSuperblock(image)
        let budget = DecodingBudget(total: maximumSize ?? DecodingBudget.usualLimit(packed: image.length))
        var tree = SquashFSTree(superblock, SquashFSMetadata(try SquashFSDecoder(image)), budget)
        try tree.walk()
        self.image = image
        self.superblock = superblock
        (entries, contents) = (tree.entries, tree.contents)
        groups = SquashFSReader.groups(tree.contents)
    }

    /// The files whose ends share a block together, all others one by one, in the order of the image.
    private static func groups(_ contents: [Int: SquashFSContent]) -> [[Int]] {
        let alone = contents.filter { $0.value.fragment == nil || $0.value.blocks > 0 }
            .sorted { ($0.value.start, $0.key) < ($1.value.start, $1.key) }.map { [$0.key] }
        let shared = Dictionary(grouping: contents.filter { $0.value.fragment != nil && $0.value.blocks == 0 }) {
            $0.value.fragment?.number ?? 0
        }
        return alone + shared.sorted { $0.key < $1.key }.map { $0.value.map(\.key).sorted() }
    }

    public func makeContents() throws -> any ImageContents {
        SquashFSContents(contents, superblock, try SquashFSDecoder(image))
    }

    /// The content of one file, if it is there and not larger than `limit`.
    public static func file(_ path: RelativePath, in image: FileSlice, limit: Int) throws -> [UInt8]? {
        let superblock = try SquashFSSuperblock(image)
        let decoder = try SquashFSDecoder(image)
        let metadata = SquashFSMetadata(decoder)
        let tree = SquashFSTree(superblock, metadata, DecodingBudget(total: nil))
        guard let content = try tree.find(path), content.size <= Int64(limit) else { return nil }
        var bytes: [UInt8] = []
        try SquashFSContents([0: content], superblock, decoder).read(0) { bytes.append(contentsOf: $0) }
        return bytes
    }
}
