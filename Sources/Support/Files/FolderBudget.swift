/// How much the names of folders may take that are kept with all their parents: those of a deep path take memory in the
/// square of its length, and an archive of kilobytes has thousands of them.
public struct FolderBudget: Sendable {
    /// Bytes. Half a million folders of the usual depth fit; large environments have fifty thousand.
    public static let limit = 32 << 20
    private var left = FolderBudget.limit

    public init() {}

    /// Counts one folder.
    ///
    /// - Throws: `Failure` when they are too many.
    public mutating func spend(_ folder: RelativePath) throws {
        left -= folder.bytes.count + 64
        if left < 0 {
            throw Failure(
                "its folders have names of more than \(FolderBudget.limit) bytes together",
                remedy: "No real environment has so many or so deep folders; see where the pack comes from.")
        }
    }
}
