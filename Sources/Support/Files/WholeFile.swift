/// Files that appear, or are replaced, completely or not at all.
public enum WholeFile {
    /// Writes beside the path and renames, with mode 0666 without the bits of `umask`. Removes what killed runs left of
    /// it.
    ///
    /// - Throws: `Failure` naming the path; what was there is then untouched.
    public static func write(_ bytes: [UInt8], to path: ByteString, umask: UInt32) throws {
        try StagedFile(bytes, for: path, umask: umask).appear(keepingPrevious: false)
    }
}
