#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes files that have no name and so vanish with their last descriptor, however the program ends.
public enum UnlinkedFile {
    /// A file for reading and writing in the file system of `directory`.
    ///
    /// - Throws: `Failure` naming the directory.
    public static func make(in directory: ByteString, describedAs path: ByteString) throws -> File {
        try describing("could not make a temporary file in '\(directory)'", remedy: "Name another folder with TMPDIR.")
        {
            let name = directory.appending(path: TemporaryName.make(for: "spool"))
            let descriptor = try Sys.open(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            let file = File(descriptor: descriptor, path: path)
            try Sys.unlink(name)
            return file
        }
    }
}

/// Names for files that are not there yet.
public enum TemporaryName {
    /// `.<name>.partial-<random>`: hidden, and different at each call.
    public static func make(for name: ByteString) -> ByteString {
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        var random = SystemRandomNumberGenerator()
        let suffix = (0..<10).map { _ in digits[Int.random(in: 0..<digits.count, using: &random)] }
        return ByteString(Array(".".utf8) + name.bytes.prefix(200) + Array(".partial-".utf8) + suffix)
    }
}
