import CLibCurl
import Support

/// Short exchanges that happen before a download: tokens, manifests, metadata. Blocks; connections are kept.
final class HTTPClient: Sendable {
    struct Call: Sendable {
        var method = "GET"
        var url: String
        var headers: [String] = []
        var body: String?
        /// A body that is no text.
        var bytes: [UInt8]?
        /// 0: no limit on the whole; a stall ends it.
        var timeoutSeconds = 30
        /// A body that is too long for here is no error: nobody wants all of it.
        var mayBeCut = false
        /// Services at well-known addresses of this machine are never asked through a proxy.
        var isDirect = false
    }

    struct Reply: Sendable {
        let status: Int
        let head: ResponseHead
        let body: [UInt8]

        func json() throws -> JSONValue { try JSONDocument(body).root }
    }

    private let options: ConnectionOptions
    private let idle = Locked([HandleBox]())

    /// Handed from thread to thread, used by one at a time.
    private final class HandleBox: @unchecked Sendable {
        let handle: CurlHandle
        init(_ handle: CurlHandle) { self.handle = handle }
    }

    private final class Receiver: CurlReceiver {
        static let limit = 8 << 20
        var head = ResponseHead()
        var body: [UInt8] = []
        override func receiveHeader(_ line: UnsafeRawBufferPointer) { head.add(line) }
        override func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Receipt {
            body.append(contentsOf: bytes)
            return body.count <= Receiver.limit ? .taken : .end
        }
    }

    init(_ options: ConnectionOptions) { self.options = options }

    /// - Returns: an answer of any status.
    /// - Throws: `ExchangeProblem` if there is none.
    func send(_ call: Call) throws -> Reply {
        let proxy = call.isDirect ? nil : options.proxies.proxy(forURL: call.url)
        try proxy?.check()
        let box = try idle.withLock { $0.popLast() } ?? HandleBox(CurlHandle())
        defer { idle.withLock { $0.append(box) } }
        let handle = box.handle
        let receiver = Receiver()
        handle.reset()
        options.apply(to: handle, url: call.url, isDirect: call.isDirect)
        handle.set(CURLOPT_TIMEOUT, call.timeoutSeconds)
        handle.set(CURLOPT_CUSTOMREQUEST, call.method)
        if let body = call.body {
            handle.set(CURLOPT_POSTFIELDSIZE, body.utf8.count)
            handle.set(CURLOPT_COPYPOSTFIELDS, body)
        }
        if call.method == "HEAD" { handle.set(CURLOPT_NOBODY, 1) }
        handle.setHeaders(["Accept-Encoding: identity", "Expect:"] + call.headers)
        handle.setReceiver(receiver)
        handle.endOnInterruption()
        let code = perform(handle, body: call.bytes)
        try Interruption.check()
        if let proxy, let refusal = ProxyRefusal(of: handle, code, status: receiver.head.status, proxy: proxy) {
            throw ExchangeProblem(cause: .proxy(refusal), url: Redaction.url(call.url), isTransient: false)
        }
        let isCut = call.mayBeCut && code == CURLE_WRITE_ERROR && receiver.body.count > Receiver.limit
        guard code == CURLE_OK || isCut else {
            throw ExchangeProblem(
                cause: handle.cause(of: code, url: call.url, trust: options.trust, proxy: proxy),
                url: Redaction.url(call.url),
                isTransient: RetryPolicy.isTransient(code))
        }
        return Reply(status: receiver.head.status, head: receiver.head, body: receiver.body)
    }

    /// - Parameter body: lives until the answer is there.
    private func perform(_ handle: CurlHandle, body: [UInt8]?) -> CURLcode {
        guard let body else { return curl_easy_perform(handle.pointer) }
        return body.withUnsafeBytes { bytes in
            handle.set(CURLOPT_POSTFIELDSIZE, bytes.count)
            if let start = bytes.baseAddress {
                _ = pixi_curl_set_pointer(handle.pointer, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: start))
            } else {
                handle.set(CURLOPT_COPYPOSTFIELDS, "")
            }
            return curl_easy_perform(handle.pointer)
        }
    }

    /// As `send`, but only 2xx answers count.
    func sendSuccessfully(_ call: Call) throws -> Reply {
        let reply = try send(call)
        guard (200..<300).contains(reply.status) else {
            throw ExchangeProblem(
                cause: .status(reply.status), url: Redaction.url(call.url),
                isTransient: RetryPolicy.isTransient(status: reply.status))
        }
        return reply
    }
}
