import Support

/// A registry that a test has for itself: Debian's docker-registry, with its files in the test's folder.
public struct DockerRegistry: Sendable {
    public let port: Int
    /// A line for each request.
    public let log: ByteString
    private let process: ServerProcess

    /// `host:port`
    public var host: String { "127.0.0.1:\(port)" }

    public static let isInstalled = ExternalProgram.find("docker-registry") != nil

    /// Starts it, and waits until it answers.
    ///
    /// - Parameters:
    ///   - settings: lines of its configuration.
    ///   - storage: where it keeps blobs, by default in the folder `name`.
    public init(
        in directory: TemporaryDirectory, called name: String = "registry", settings: String = "",
        storage: String? = nil
    ) throws {
        port = try FreePorts.take()
        log = directory("\(name).log")
        let place = storage ?? "filesystem: {rootdirectory: \(directory(name))}"
        let file = try directory.write(
            "\(name).yml",
            "version: 0.1\nlog: {level: error}\n\(settings)"
                + "storage: {\(place), delete: {enabled: true}}\n"
                + "http: {addr: '127.0.0.1:\(port)'}\n")
        // The registry's client for S3 ends when it is told of certificates by this variable.
        process = try ServerProcess([
            "sh", "-c", "unset AWS_CA_BUNDLE; exec docker-registry serve \(file) >\(log) 2>&1",
        ])
        _ = try ChildProcess.run(
            [
                "/bin/sh", "-c",
                "n=0; until curl -s http://127.0.0.1:\(port)/v2/ >/dev/null || [ $n = 300 ]; do n=$((n + 1)); sleep 0.1; done",
            ], environment: ["PATH": "/usr/bin:/bin"])
    }

    /// How many requests match a pattern of grep.
    public func requests(_ pattern: String) throws -> Int {
        let outcome = try ChildProcess.run(
            ["/bin/grep", "-c", pattern, log.lossyString], environment: ["PATH": "/usr/bin:/bin"])
        return Int(outcome.output.filter(\.isNumber)) ?? -1
    }
}
