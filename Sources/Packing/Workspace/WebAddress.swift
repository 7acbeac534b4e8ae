import Support

/// What looks like a URL where a path is expected.
enum WebAddress {
    static func isOne(_ text: ByteString) -> Bool {
        ["http://", "https://", "oci://", "s3://", "ftp://"].contains { (scheme: ByteString) in text.hasPrefix(scheme) }
    }
}
