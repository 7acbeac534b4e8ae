/// Limits the memory that folder names may take. Each folder is kept together with all its parents, so a deep path
/// takes memory in the square of its length, and an archive of a few kilobytes can have thousands of deep paths.
public struct FolderBudget: Sendable {
    /// In bytes. Enough for half a million folders of usual depth; large environments have fifty thousand.
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
