import CondaModel

/// How a bucket of an S3-compatible store is reached (docs/spec/network.md#configuration).
public struct S3Options: Sendable, Equatable {
    public var endpoint: WebURL
    public var region: String
    public var forcePathStyle: Bool

    public init(endpoint: WebURL, region: String, forcePathStyle: Bool) {
        self.endpoint = endpoint
        self.region = region
        self.forcePathStyle = forcePathStyle
    }
}
