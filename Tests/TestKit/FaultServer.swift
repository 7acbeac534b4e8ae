import Support

/// The misbehaving server of `Tests/Servers/fault_server.py`, which needs `python3`.
public final class FaultServer: Sendable {
    private let server: ServerProcess
    public let port: Int
    let scheme: String

    public init(tls: (certificate: ByteString, key: ByteString)? = nil, tunnelTo: Int? = nil) throws {
        var arguments: [String] = []
        if let tls { arguments += ["--tls", tls.certificate.lossyString, tls.key.lossyString] }
        if let tunnelTo { arguments += ["--tunnel-to", "\(tunnelTo)"] }
        scheme = tls == nil ? "http" : "https"
        server = try describing("the tests of the network need python3 (Debian: apt-get install python3)") {
            try ServerProcess(script: "fault_server.py", arguments)
        }
        port = try Int(server.readLine().split(separator: " ").last ?? "") ?? 0
    }

    public func url(_ path: String, host: String = "127.0.0.1") -> String { "\(scheme)://\(host):\(port)\(path)" }

    /// A file with content made from `seed`.
    public func file(_ path: String, size: Int, seed: Int = 1) throws -> ServedFile {
        try served(server.ask(#"{"do": "file", "path": "\#(path)", "size": \#(size), "seed": \#(seed)}"#))
    }

    public func text(_ path: String, _ text: String) throws -> ServedFile {
        var writer = JSONWriter()
        writer.value(text)
        let quoted = String(decoding: writer.bytes, as: UTF8.self)
        return try served(server.ask(#"{"do": "text", "path": "\#(path)", "text": \#(quoted)}"#))
    }

    private func served(_ answer: String) throws -> ServedFile {
        let value = try JSONDocument(Array(answer.utf8)).root
        return ServedFile(
            sha256: value["sha256"]?.string ?? "", md5: value["md5"]?.string ?? "", size: value["size"]?.int64 ?? -1)
    }

    /// What goes wrong with the next requests for `path` (`*`: any), as JSON objects; see the script.
    public func faults(_ path: String, _ faults: String...) throws {
        _ = try server.ask(#"{"do": "faults", "path": "\#(path)", "faults": [\#(faults.joined(separator: ", "))]}"#)
    }

    /// From now on GETs need an AWS signature with these keys.
    public func requireSignature(access: String, secret: String) throws {
        _ = try server.ask(#"{"do": "keys", "access": "\#(access)", "secret": "\#(secret)"}"#)
    }

    public func clearLog() throws { _ = try server.ask(#"{"do": "clear"}"#) }

    /// What was asked so far.
    public func log() throws -> ServerLog {
        let value = try JSONDocument(Array(server.ask(#"{"do": "log"}"#).utf8)).root
        var log = ServerLog(requests: [], most: Int(value["most"]?.int64 ?? 0))
        for request in value["requests"]?.elements.map(Array.init) ?? [] {
            var headers: [String: String] = [:]
            for member in request["headers"]?.members.map(Array.init) ?? [] {
                headers[member.name.lossyString.lowercased()] = member.value.string ?? ""
            }
            log.requests.append(
                ServerLog.Request(
                    method: request["method"]?.string ?? "", path: request["path"]?.string ?? "", headers: headers,
                    body: request["body"]?.string ?? ""))
        }
        return log
    }
}

/// What a server of the tests answers with.
public struct ServedFile: Sendable {
    public let sha256: String
    public let md5: String
    public let size: Int64
}

/// What was asked of a server.
public struct ServerLog: Sendable {
    public struct Request: Sendable {
        public let method: String
        public let path: String
        public let headers: [String: String]
        public let body: String
    }
    public var requests: [Request]
    /// The most requests that were under way at once.
    public var most: Int
}
