import CondaModel
import Support

/// The credentials service of a container.
struct AWSContainer: Sendable {
    private static let hosts: Set<String> = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
    private let client: HTTPClient
    private let url: String
    private let headers: [String]

    /// Nil if the variables do not name one.
    init?(client: HTTPClient, environment: ProcessEnvironment) {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return nil
        }
        self.client = client
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
            let text = try? File.openGiven(ByteString(path)).slice().readAll(limit: 1 << 16)
        {
            token = String(decoding: text.filter { $0 > 0x20 }, as: UTF8.self)
        }
        headers = token.map { ["Authorization: \($0)"] } ?? []
    }

    func keys() throws -> AWSEnvironment.TemporaryKeys {
        // Without TLS only this machine and the addresses of ECS and EKS are asked, as the AWS programs do.
        let host = try WebURL(url).host ?? ""
        let isOwn = host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
        guard url.hasPrefix("https://") || isOwn || Self.hosts.contains(host) else {
            throw Failure(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names '\(host)' without TLS",
                remedy: "Only https, this machine, and the addresses of ECS and EKS are asked for keys.")
        }
        let call = HTTPClient.Call(url: url, headers: headers, timeoutSeconds: 5, isDirect: true)
        return try AWSEnvironment.TemporaryKeys(credentialJSON: client.sendSuccessfully(call).json())
    }
}
