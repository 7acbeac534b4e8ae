import CondaModel
import Support

/// Reads one configuration file.
struct ConfigurationReader {
    let origin: String
    private(set) var configuration = Configuration()
    /// Unknown keys, as dotted paths.
    private(set) var unknownKeys: [String] = []

    /// Keys of pixi that do not matter for a pack.
    private static let idleKeys: Set<String> = [
        "default-channels", "build", "repodata-config", "index-config", "run-post-link-scripts",
        "experimental", "detached-environments", "pinning-strategy", "shell", "cache", "offline", "tool-platform",
        "change-ps1", "allow-hard-links", "allow-symbolic-links", "allow-ref-links", "force-activate",
        "max-concurrent-solves", "channel-config", "disable-sharded",
    ]

    init(origin: String) { self.origin = origin }

    /// - Throws: `Failure` naming the key whose value is wrong.
    mutating func read(_ text: [UInt8]) throws {
        let document = try TOMLDocument.parse(text)
        for member in document.root.members.map(Array.init) ?? [] {
            let key = member.name.lossyString
            // Older files have the keys in snake case.
            let name = key.map { $0 == "_" ? "-" : String($0) }.joined()
            try read(name, writtenAs: key, member.value)
        }
    }

    private mutating func read(_ name: String, writtenAs key: String, _ value: JSONValue) throws {
        switch name {
        case "mirrors": try readMirrors(value)
        case "s3-options": try readS3Options(value)
        case "concurrency": try readConcurrency(value)
        case "proxy-config": try readProxies(value)
        case "pypi-config": try readIndexes(value)
        case "tls-no-verify":
            configuration.tlsNoVerify = sourced(try wanted(key, "a boolean", value, value.bool))
        case "tls-root-certs":
            let text = try wanted(key, "a string", value, value.string)
            guard ["webpki", "system", "native", "all", "legacy"].contains(text) else {
                throw Failure("invalid value '\(text)' for '\(key)'", remedy: "Known are 'webpki' and 'system'.")
            }
            configuration.tlsRootCerts = sourced(text)
        case "authentication-override-file":
            configuration.authenticationFile = sourced(try wanted(key, "a string", value, value.bytes))
        default:
            if !ConfigurationReader.idleKeys.contains(name) { unknownKeys.append(key) }
        }
    }

    private mutating func readMirrors(_ value: JSONValue) throws {
        for member in try members("mirrors", value) {
            let key = "mirrors.\"\(WebURL.redact(member.name.lossyString))\""
            let prefix = try url(key, member.name)
            let list = try wanted(key, "a list of URLs", member.value, member.value.elements.map(Array.init))
            let mirrors = try list.map { try url(key, try wanted(key, "a list of URLs", $0, $0.bytes)) }
            configuration.mirrors[prefix] = sourced(mirrors)
        }
    }

    /// `[s3-options.<bucket>]`, here and in a manifest.
    mutating func readS3Options(_ value: JSONValue) throws {
        for member in try members("s3-options", value) {
            let bucket = member.name.lossyString
            let key = "s3-options.\(bucket)"
            let table = member.value
            guard table.isObject else { throw wrongType(key, "a table", table) }
            func field<Value>(_ name: StaticString, _ kind: String, _ get: (JSONValue) -> Value?) throws -> Value {
                guard let value = table[name] else { throw Failure("missing field '\(name)' in '\(key)'") }
                return try wanted("\(key).\(name)", kind, value, get(value))
            }
            let endpoint = try field("endpoint-url", "a URL") { $0.bytes }
            configuration.s3Options[bucket] = sourced(
                S3Options(
                    endpoint: try url("\(key).endpoint-url", endpoint),
                    region: try field("region", "a string") { $0.string },
                    forcePathStyle: try field("force-path-style", "a boolean") { $0.bool }))
        }
    }

    private mutating func readConcurrency(_ value: JSONValue) throws {
        for member in try members("concurrency", value) {
            let key = "concurrency.\(member.name)"
            if member.isNamed("downloads") || member.isNamed("solves") {
                let number = try wanted(key, "a number that is not negative", member.value, member.value.int64)
                guard number >= 0 else { throw wrongType(key, "a number that is not negative", member.value) }
                if member.isNamed("downloads") { configuration.downloads = sourced(Int(min(number, 10_000))) }
            } else {
                unknownKeys.append(key)
            }
        }
    }

    private mutating func readProxies(_ value: JSONValue) throws {
        for member in try members("proxy-config", value) {
            let key = "proxy-config.\(member.name)"
            switch member.name {
            case "http": configuration.httpProxy = sourced(try proxy(key, member.value))
            case "https": configuration.httpsProxy = sourced(try proxy(key, member.value))
            case "non-proxy-hosts":
                let list = try wanted(key, "a list of strings", member.value, member.value.elements.map(Array.init))
                configuration.nonProxyHosts = sourced(
                    try list.map { try wanted(key, "a list of strings", $0, $0.string) })
            default: unknownKeys.append(key)
            }
        }
    }

    private mutating func readIndexes(_ value: JSONValue) throws {
        var first: [WebURL] = []
        var more: [WebURL] = []
        for member in try members("pypi-config", value) {
            let key = "pypi-config.\(member.name)"
            switch member.name {
            case "index-url": first = [try url(key, try wanted(key, "a URL", member.value, member.value.bytes))]
            case "extra-index-urls":
                let list = try wanted(key, "a list of URLs", member.value, member.value.elements.map(Array.init))
                more = try list.map { try url(key, try wanted(key, "a list of URLs", $0, $0.bytes)) }
            // The other keys matter only for installing from an index.
            default: break
            }
        }
        if !(first + more).isEmpty { configuration.pypiIndexes = sourced(first + more) }
    }

    private func proxy(_ key: String, _ value: JSONValue) throws -> WebURL {
        try url(key, try wanted(key, "a URL", value, value.bytes))
    }

    // MARK: Values

    private func sourced<Value>(_ value: Value) -> Sourced<Value> { Sourced(value, origin: origin) }

    private func members(_ key: String, _ value: JSONValue) throws -> [JSONValue.Member] {
        try wanted(key, "a table", value, value.members.map(Array.init))
    }

    private func url(_ key: String, _ text: ByteString) throws -> WebURL {
        try describing("invalid value for '\(key)'") { try WebURL(text) }
    }

    private func wanted<Value>(_ key: String, _ kind: String, _ value: JSONValue, _ found: Value?) throws -> Value {
        guard let found else { throw wrongType(key, kind, value) }
        return found
    }

    private func wrongType(_ key: String, _ kind: String, _ value: JSONValue) -> Failure {
        Failure("invalid value for '\(key)': expected \(kind), found a \(value.kindName)")
    }
}
