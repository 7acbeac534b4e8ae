import CLibCrypto
import LibC
import Support

/// AWS Signature Version 4, in headers (the signature never is part of a URL).
struct SigV4: Sendable {
    let keys: S3Keys
    let region: String
    let service: String

    /// The headers of a request without a query whose payload is not signed (`body` nil), or is.
    ///
    /// - Parameter payer: the value of `x-amz-request-payer`.
    func headers(
        method: String = "GET", path: String, host: String, now: Int64, body: String? = nil, payer: String? = nil
    ) -> [String] {
        let time = SigV4.timestamp(now)
        let date = String(time.prefix(8))
        let payload = body.map { SHA256Hasher.hash($0.utf8).hex } ?? "UNSIGNED-PAYLOAD"
        var signed = [("host", host), ("x-amz-content-sha256", payload), ("x-amz-date", time)]
        if let payer { signed.append(("x-amz-request-payer", payer)) }
        if let token = keys.sessionToken { signed.append(("x-amz-security-token", token)) }
        let names = signed.map(\.0).joined(separator: ";")
        let canonical =
            [method, path, ""].joined(separator: "\n") + "\n"
            + signed.map { "\($0.0):\($0.1)\n" }.joined() + "\n\(names)\n\(payload)"
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(SHA256Hasher.hash(canonical.utf8).hex)"
        var key = Array("AWS4\(keys.secretKey)".utf8)
        for part in [date, region, service, "aws4_request"] { key = HMACSHA256.sign(part, key: key) }
        let signature = encodeHex(HMACSHA256.sign(text, key: key))
        return signed.dropFirst().map { "\($0.0): \($0.1)" } + [
            "Authorization: AWS4-HMAC-SHA256 Credential=\(keys.accessKey)/\(scope), SignedHeaders=\(names), "
                + "Signature=\(signature)"
        ]
    }

    /// `20260131T235959Z`
    static func timestamp(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2) + "T"
            + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
    }
}

/// HMAC with SHA-256, by libcrypto.
private enum HMACSHA256 {
    static func sign(_ text: String, key: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 32
        let message = Array(text.utf8)
        HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &result, &length)
        return result
    }
}
