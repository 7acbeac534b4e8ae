import CLibCurl
import CLibSSL
import Support

/// One libcurl transfer handle; its options can be set again for each exchange. Used by one thread at a time.
final class CurlHandle {
    let pointer: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    /// What the last handshakes showed of certificates; connections outlive exchanges, so it lives as long as the handle.
    let record: UnsafeMutablePointer<pixi_tls_record>

    /// libcurl's own words for the last error; may hold anything a server sent.
    private let details: UnsafeMutablePointer<CChar>

    init() throws {
        guard CurlLibrary.isReady, let pointer = curl_easy_init() else {
            throw Failure("could not start the HTTP client (libcurl)", remedy: "Is there memory left?")
        }
        self.pointer = pointer
        record = .allocate(capacity: 1)
        record.initialize(to: pixi_tls_record())
        details = .allocate(capacity: Int(CURL_ERROR_SIZE))
        details.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
        record.deallocate()
        details.deallocate()
    }

    /// Forgets all options; connections are kept.
    func reset() {
        curl_easy_reset(pointer)
        details[0] = 0
        _ = pixi_curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, details)
        curl_slist_free_all(headers)
        headers = nil
    }

    func set(_ option: CURLoption, _ value: Int) { _ = pixi_curl_set_long(pointer, option, value) }

    func set(_ option: CURLoption, _ value: String) { _ = pixi_curl_set_string(pointer, option, value) }

    func set(_ option: CURLoption, _ value: ByteString) {
        value.withCString { _ = pixi_curl_set_string(pointer, option, $0) }
    }

    func set(_ option: CURLoption, offset value: Int64) { _ = pixi_curl_set_offset(pointer, option, curl_off_t(value)) }

    /// Header lines (`Name: value`; `Name:` keeps libcurl from sending one of its own).
    func setHeaders(_ lines: [String]) {
        curl_slist_free_all(headers)
        headers = nil
        for line in lines { headers = curl_slist_append(headers, line) }
        _ = pixi_curl_set_list(pointer, CURLOPT_HTTPHEADER, headers)
    }

    /// Ends the exchange soon after a signal has asked us to stop.
    func endOnInterruption() {
        _ = pixi_curl_set_stop_callback(pointer) { _, _, _, _, _ in Interruption.signal == nil ? 0 : 1 }
    }

    /// Hands response headers and body to `receiver`, which must outlive the exchange.
    func setReceiver(_ receiver: CurlReceiver) {
        let opaque = Unmanaged.passUnretained(receiver).toOpaque()
        _ = pixi_curl_set_data_callback(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, opaque in
            guard let bytes, let opaque else { return 0 }
            let receiver = Unmanaged<CurlReceiver>.fromOpaque(opaque).takeUnretainedValue()
            receiver.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
        _ = pixi_curl_set_data_callback(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, opaque in
            guard let bytes, let opaque else { return 0 }
            let receiver = Unmanaged<CurlReceiver>.fromOpaque(opaque).takeUnretainedValue()
            let length = size * count
            switch receiver.receiveBody(UnsafeRawBufferPointer(start: bytes, count: length)) {
            case .taken: return length
            case .pause: return Int(CURL_WRITEFUNC_PAUSE)
            // libcurl ends the transfer if another number of bytes is returned than it offered.
            case .end: return length &+ 1
            }
        }
        _ = pixi_curl_set_pointer(pointer, CURLOPT_HEADERDATA, opaque)
        _ = pixi_curl_set_pointer(pointer, CURLOPT_WRITEDATA, opaque)
    }

    /// Where the answer's `Location` leads, as an absolute URL.
    var redirectURL: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard pixi_curl_get_string(pointer, CURLINFO_REDIRECT_URL, &text) == CURLE_OK, let text else { return nil }
        return String(cString: text)
    }

    /// Whether the server broke off because it was shown no certificate (TLS alert 116, RFC 8446 section 6.2).
    var wantsClientCertificate: Bool { String(cString: details).contains(text: "certificate required") }

    /// Why TLS could not be spoken, for what OpenSSL says most often.
    var handshakeProblem: (text: String, remedy: Message)? {
        let details = String(cString: details)
        if details.contains(text: "wrong version number") || details.contains(text: "packet length too long")
            || details.contains(text: "http request")
        {
            return ("what answers there does not speak TLS", "Check the port; without TLS the URL begins with http://.")
        }
        if details.contains(text: "unsupported protocol") || details.contains(text: "protocol version")
            || details.contains(text: "no protocols available")
        {
            return (
                "the two sides have no version of TLS in common",
                "The server has to be brought to TLS 1.2 or newer, or something on the way interferes."
            )
        }
        if details.contains(text: "handshake failure") || details.contains(text: "no shared cipher") {
            return (
                "the server broke off the handshake",
                "It may want a client certificate (--client-cert), or have no cipher in common with us."
            )
        }
        return nil
    }

    /// What a proxy answered to the wish for a tunnel; 0 if none was asked.
    var tunnelStatus: Int {
        var status = 0
        _ = pixi_curl_get_long(pointer, CURLINFO_HTTP_CONNECTCODE, &status)
        return status
    }

    /// Why a SOCKS proxy did not connect.
    var proxyError: CURLproxycode {
        var code = 0
        _ = pixi_curl_get_long(pointer, CURLINFO_PROXY_ERROR, &code)
        return CURLproxycode(UInt32(truncatingIfNeeded: code))
    }

    /// The protocol of the answer: 2 for HTTP/1.1, 3 for HTTP/2 (libcurl's numbers).
    var protocolVersion: Int {
        var version = 0
        _ = pixi_curl_get_long(pointer, CURLINFO_HTTP_VERSION, &version)
        return version
    }

    /// Why an exchange failed: libcurl's text, and the system's where it was a system call that failed.
    func message(of code: CURLcode) -> String {
        let text = String(cString: curl_easy_strerror(code))
        var number = 0
        guard [CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR].contains(code),
            pixi_curl_get_long(pointer, CURLINFO_OS_ERRNO, &number) == CURLE_OK, number > 0,
            let number = Int32(exactly: number)
        else { return text }
        return "\(SystemError(code: number, operation: text))"
    }
}
