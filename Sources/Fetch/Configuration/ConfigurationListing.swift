import CondaModel

extension Configuration {
    /// All settings, sorted by key, without secrets.
    public var entries: [ConfigurationEntry] {
        var entries: [ConfigurationEntry] = []
        func add<Value>(_ key: String, _ setting: Sourced<Value>?, _ text: (Value) -> [String]) {
            guard let setting else { return }
            entries.append(ConfigurationEntry(key: key, values: text(setting.value), origin: setting.origin))
        }
        add("authentication-override-file", authenticationFile) { [$0.lossyString] }
        add("concurrency.downloads", downloads) { ["\($0)"] }
        for (prefix, mirrors) in mirrors.sorted(by: { $0.key < $1.key }) {
            add("mirrors.\"\(prefix.redacted)\"", mirrors) { $0.map(\.redacted) }
        }
        add("proxy-config.http", httpProxy) { [$0.redacted] }
        add("proxy-config.https", httpsProxy) { [$0.redacted] }
        add("proxy-config.non-proxy-hosts", nonProxyHosts) { $0 }
        add("pypi-config.index-url", pypiIndexes) { $0.map(\.redacted) }
        for (bucket, options) in s3Options.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            add("s3-options.\(bucket).endpoint-url", options) { [$0.endpoint.redacted] }
            add("s3-options.\(bucket).force-path-style", options) { ["\($0.forcePathStyle)"] }
            add("s3-options.\(bucket).region", options) { [$0.region] }
        }
        add("tls-no-verify", tlsNoVerify) { ["\($0)"] }
        add("tls-root-certs", tlsRootCerts) { [$0] }
        return entries
    }
}
