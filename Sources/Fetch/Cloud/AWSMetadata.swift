import Support

/// The metadata service of an EC2 instance (version 2 of its protocol).
struct AWSMetadata: Sendable {
    private let client: HTTPClient
    private let base: String

    /// Nil if `AWS_EC2_METADATA_DISABLED` says so.
    init?(client: HTTPClient, environment: ProcessEnvironment) {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        self.client = client
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        var base =
            environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
            ?? (isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        self.base = base
    }

    private func get(_ path: String) throws -> [UInt8] {
        let token = try client.sendSuccessfully(
            HTTPClient.Call(
                method: "PUT", url: base + "/latest/api/token",
                headers: ["X-aws-ec2-metadata-token-ttl-seconds: 300"], body: "", timeoutSeconds: 2, isDirect: true))
        let header = "X-aws-ec2-metadata-token: \(String(decoding: token.body, as: UTF8.self))"
        return try client.sendSuccessfully(
            HTTPClient.Call(url: base + path, headers: [header], timeoutSeconds: 2, isDirect: true)
        ).body
    }

    func region() throws -> String {
        String(decoding: try get("/latest/meta-data/placement/region"), as: UTF8.self)
    }

    func keys() throws -> AWSEnvironment.TemporaryKeys {
        let folder = "/latest/meta-data/iam/security-credentials/"
        let role = String(decoding: try get(folder), as: UTF8.self).prefix { $0 != "\n" }
        return try AWSEnvironment.TemporaryKeys(credentialJSON: JSONDocument(get(folder + role)).root)
    }
}
