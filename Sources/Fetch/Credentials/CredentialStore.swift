import CondaModel
import LibC
import Support

/// All sources of credentials, in the order they are asked (docs/spec/network.md#credentials).
final class CredentialStore: Sendable {
    private enum Source: Sendable {
        case file(CredentialFile)
        case keyring(Keyring)
        case netrc(Netrc)
    }

    /// A credential, and the key and file it was found under (for storing a renewed token).
    struct Found: Sendable {
        var credential: Credential
        let key: String
        let path: ByteString?
        /// The name of the source for messages.
        let place: String
    }

    private let sources: [Source]
    private let known = Locked([String: Found?]())

    /// - Parameter authFile: `--auth-file`, or the file the configuration names; it must exist.
    init(authFile: ByteString?, environment: ProcessEnvironment, reporter: any Reporter) throws {
        var sources: [Source] = []
        if let authFile { sources.append(.file(try CredentialFile(authFile, mustExist: true))) }
        if let path = environment["RATTLER_AUTH_FILE"] {
            sources.append(.file(try CredentialFile(ByteString(path), mustExist: false)))
        }
        sources.append(.keyring(Keyring(environment)))
        if let home = environment.home {
            let path = home.appending(path: ".rattler/credentials.json")
            // This is a default place, and most servers need no credentials: a file that cannot be read is skipped.
            do {
                sources.append(.file(try CredentialFile(path, mustExist: false)))
            } catch let error as SystemError where error.code == EACCES || error.code == EPERM {
                reporter.warn("the credentials in '\(path)' are not used: \(error)")
            }
        }
        if let netrc = CredentialStore.netrc(environment, reporter) { sources.append(.netrc(netrc)) }
        self.sources = sources
    }

    /// A netrc that cannot be read is worth a warning, not an error.
    private static func netrc(_ environment: ProcessEnvironment, _ reporter: any Reporter) -> Netrc? {
        let named = environment["NETRC"].map { ByteString($0) }
        guard let path = named ?? environment.home?.appending(path: ".netrc") else { return nil }
        if named == nil, !((try? Sys.exists(path)) ?? false) { return nil }
        do {
            return try Netrc(File.openGiven(path).slice().readAll(limit: 1 << 20), path: path)
        } catch {
            reporter.warn("the netrc file '\(path)' is not used: \(error)")
            return nil
        }
    }

    /// The credential for a URL: by host, by parts of an `s3://` URL, by wildcard (docs/spec/network.md#keys).
    func find(for url: WebURL) -> Found? {
        guard let host = url.host else { return nil }
        for key in CredentialStore.keys(for: url, host: host) {
            if let found = exact(key) { return found }
        }
        return nil
    }

    static func keys(for url: WebURL, host: String) -> [String] {
        var keys = [host]
        if url.scheme == "s3" {
            var text = Substring(url.text)
            while text.utf8.count > "s3://".utf8.count, text != "s3:/" {
                keys.append(String(text))
                guard let slash = text.lastIndex(of: "/") else { break }
                text = text[..<slash]
                if text.hasSuffix("/") { break }
            }
        } else if !isAddress(host) {
            var rest = host[...]
            keys.append("*.\(rest)")
            while let dot = rest.firstIndex(of: ".") {
                rest = rest[rest.index(after: dot)...]
                if !rest.isEmpty { keys.append("*.\(rest)") }
            }
        }
        return keys
    }

    private static func isAddress(_ host: String) -> Bool {
        host.hasPrefix("[") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || isASCIIDigit($0) }
    }

    private func exact(_ key: String) -> Found? {
        if let result = known.withLock({ $0[key] }) { return result }
        var found: Found?
        search: for source in sources {
            switch source {
            case .file(let file):
                if let credential = file.entries[ByteString(key)] {
                    found = Found(credential: credential, key: key, path: file.path, place: "'\(file.path)'")
                    break search
                }
            case .keyring(let keyring):
                if let credential = keyring.credential(key) {
                    found = Found(credential: credential, key: key, path: nil, place: "the keyring")
                    break search
                }
            case .netrc(let netrc):
                if let (user, password) = netrc.machines[key] {
                    found = Found(
                        credential: .basic(user: user, password: password), key: key, path: nil,
                        place: "'\(netrc.path)'")
                    break search
                }
            }
        }
        let result = found
        known.withLock { $0[key] = .some(result) }
        return result
    }

    /// A renewed token replaces the old one, for this process and in its file.
    func renew(_ found: Found, with credential: OAuthCredential, reporter: any Reporter) {
        let renewed = Found(
            credential: .oauth(credential), key: found.key, path: found.path, place: found.place)
        known.withLock { $0[found.key] = .some(renewed) }
        guard let path = found.path else { return }
        do {
            try CredentialFile.replace(ByteString(found.key), with: credential.json, in: path)
        } catch {
            reporter.warn("the renewed token for '\(found.key)' could not be stored in '\(path)': \(error)")
        }
    }
}
