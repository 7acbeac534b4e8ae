import LibC

/// Makes files without a name, which vanish with their last descriptor, however the program ends.
public enum UnlinkedFile {
    /// A file for reading and writing in the file system of `directory`.
    ///
    /// - Throws: `Failure` naming the directory.
    public static func make(in directory: ByteString, describedAs path: ByteString) throws -> File {
        try describing("could not make a temporary file in '\(directory)'", remedy: "Name another folder with TMPDIR.")
        {
            if let descriptor = try unnamed(in: directory) { return File(descriptor: descriptor, path: path) }
            HiddenTemporary.sweep(spoolName, in: directory)
            let (descriptor, name) = try HiddenTemporary.file(for: spoolName, in: directory, mode: 0o600)
            let file = File(descriptor: descriptor, path: path)
            try Sys.unlink(name)
            return file
        }
    }

    private static let spoolName: ByteString = "spool"
}
