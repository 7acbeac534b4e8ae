import Support

/// Keys of an S3-compatible store.
struct S3Keys: Sendable, Equatable {
    var accessKey: String
    var secretKey: String
    var sessionToken: String?
}
