import CondaModel
import Support

/// The settings of pixi's configuration files that matter for a pack (docs/spec/network.md#configuration); nil: not set
/// anywhere.
public struct Configuration: Sendable {
    /// By prefix, each with the places to ask instead, in order of preference.
    public var mirrors: [WebURL: Sourced<[WebURL]>] = [:]
    /// By bucket.
    public var s3Options: [String: Sourced<S3Options>] = [:]
    /// `concurrency.downloads`; 0 is no limit.
    public var downloads: Sourced<Int>?
    public var httpProxy: Sourced<WebURL>?
    public var httpsProxy: Sourced<WebURL>?
    public var nonProxyHosts: Sourced<[String]>?
    public var tlsNoVerify: Sourced<Bool>?
    public var tlsRootCerts: Sourced<String>?
    public var authenticationFile: Sourced<ByteString>?
    /// `pypi-config.index-url`, then `extra-index-urls`.
    public var pypiIndexes: Sourced<[WebURL]>?

    /// The settings of the workspace that weaken security or redirect traffic; nil if it has none.
    public var workspaceInfluence: WorkspaceInfluence?

    public init() {}

    /// Takes over what `other`, which has precedence, sets; mirrors and buckets one by one.
    public mutating func merge(_ other: Configuration) {
        mirrors.merge(other.mirrors) { $1 }
        s3Options.merge(other.s3Options) { $1 }
        downloads = other.downloads ?? downloads
        httpProxy = other.httpProxy ?? httpProxy
        httpsProxy = other.httpsProxy ?? httpsProxy
        nonProxyHosts = other.nonProxyHosts ?? nonProxyHosts
        tlsNoVerify = other.tlsNoVerify ?? tlsNoVerify
        tlsRootCerts = other.tlsRootCerts ?? tlsRootCerts
        authenticationFile = other.authenticationFile ?? authenticationFile
        pypiIndexes = other.pypiIndexes ?? pypiIndexes
    }
}
