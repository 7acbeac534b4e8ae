import LibC

/// Who owns a file or directory. What belongs to us or to root is used as it is found; anybody else could have prepared
/// it to deceive us.
public enum Ownership {
    /// Whether it belongs to the effective user or to root.
    public static func isTrusted(_ status: stat) -> Bool { status.st_uid == geteuid() || status.st_uid == 0 }

    /// The owner's name for people: `'alice'`, or `user 1234` if `/etc/passwd` does not list that user.
    public static func owner(_ status: stat) -> String {
        // `getpwuid(3)` would load modules of the system, which a static program cannot.
        let wanted = Array(String(status.st_uid).utf8)
        guard let file = try? File.open("/etc/passwd"), let text = try? file.slice().readAll(limit: 1 << 24)
        else { return "user \(status.st_uid)" }
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            if fields.count > 2, fields[2].elementsEqual(wanted), !fields[0].isEmpty {
                return "'\(ByteString(fields[0]))'"
            }
        }
        return "user \(status.st_uid)"
    }
}
