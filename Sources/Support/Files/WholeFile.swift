/// Files that appear, or are replaced, as a whole.
public enum WholeFile {
    /// Writes beside the path and renames; mode 0666 without the bits of `umask`. Removes what killed runs left of it.
    ///
    /// - Throws: `Failure` naming the path; then what was there is untouched.
    public static func write(_ bytes: [UInt8], to path: ByteString, umask: UInt32) throws {
        try StagedFile(bytes, for: path, umask: umask).appear(keepingPrevious: false)
    }
}
