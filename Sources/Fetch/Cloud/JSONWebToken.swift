import CLibCrypto
import Support

/// Signed statements for token servers (RFC 7519, RS256).
enum JSONWebToken {
    /// A statement of one hour.
    ///
    /// - Parameter privateKey: RSA, in PEM form.
    static func signed(
        issuer: String, keyID: String?, scope: String, audience: String, now: Int64, privateKey: String
    ) throws -> String {
        let head = object([("alg", "RS256"), ("typ", "JWT")] + (keyID.map { [("kid", $0)] } ?? []), [])
        let claims = object(
            [("iss", issuer), ("scope", scope), ("aud", audience)], [("iat", now), ("exp", now + 3600)])
        let text = Base64.url.encode(head) + "." + Base64.url.encode(claims)
        return text + "." + Base64.url.encode(try sign(Array(text.utf8), privateKey: Array(privateKey.utf8)))
    }

    private static func object(_ texts: [(String, String)], _ numbers: [(String, Int64)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, text) in texts { writer.member(name, text) }
            for (name, number) in numbers { writer.member(name, Optional(number)) }
        }
        return writer.bytes
    }

    private static func sign(_ message: [UInt8], privateKey: [UInt8]) throws -> [UInt8] {
        guard let buffer = BIO_new_mem_buf(privateKey, Int32(clamping: privateKey.count)) else {
            throw Failure("could not read the private key")
        }
        defer { BIO_free(buffer) }
        guard let key = PEM_read_bio_PrivateKey(buffer, nil, nil, nil) else {
            throw Failure("the private key is no RSA key in PEM form")
        }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { throw Failure("could not sign") }
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else {
            throw Failure(
                "could not sign with the private key",
                remedy: "Take a new key from Google Cloud and name it with GOOGLE_APPLICATION_CREDENTIALS.")
        }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
            throw Failure(
                "could not sign with the private key",
                remedy: "Take a new key from Google Cloud and name it with GOOGLE_APPLICATION_CREDENTIALS.")
        }
        return Array(signature.prefix(length))
    }
}
