/// Where temporary files go.
public enum TemporaryFolder {
    /// `TMPDIR`, or `/tmp` if it is not set or empty (POSIX, Base Definitions 8.3). A relative value counts from the
    /// current folder.
    public static var path: ByteString {
        guard let named = environmentValue("TMPDIR"), !named.isEmpty else { return "/tmp" }
        return named
    }
}
