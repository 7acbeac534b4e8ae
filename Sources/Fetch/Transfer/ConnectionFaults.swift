#if FAULT_INJECTION
import CLibCurl
import LibC
import Support

extension CurlHandle {
    /// Lets fault injection decide about each connection libcurl makes: that there is no socket (`socket`), that nobody
    /// listens at the other end, or that it hangs up (`connect` with `ECONNREFUSED` or any other error).
    func injectFaults() {
        let open: curl_opensocket_callback = { _, _, address in
            guard let address else { return -1 }
            if let code = Sys.injectedError(.socket, "open a socket"), code != EINTR {
                errno = code
                return -1
            }
            guard let code = Sys.injectedError(.connect, "connect"), code != EINTR else {
                return socket(
                    address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
                    address.pointee.protocol)
            }
            return code == ECONNREFUSED ? ConnectionFault.refused(address) : ConnectionFault.lost()
        }
        let connect: curl_sockopt_callback = { _, socket, _ in ConnectionFault.isLost(socket) ? 2 : 0 }
        _ = pixi_curl_set_socket_callbacks(pointer, open, connect)
    }
}

/// Sockets of connections that do not come about.
private enum ConnectionFault {
    /// A socket for an address where nobody listens.
    static func refused(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        var nowhere = sockaddr_in()
        nowhere.sin_family = sa_family_t(AF_INET)
        nowhere.sin_port = in_port_t(1).bigEndian
        nowhere.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.pointee.family = AF_INET
        address.pointee.addrlen = UInt32(MemoryLayout<sockaddr_in>.size)
        withUnsafeBytes(of: nowhere) { bytes in
            withUnsafeMutableBytes(of: &address.pointee.addr) { $0.copyMemory(from: bytes) }
        }
        return socket(AF_INET, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// A socket whose other end is closed.
    static func lost() -> curl_socket_t {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return -1
        }
        close(ends[1])
        return ends[0]
    }

    /// Whether libcurl is to take it for connected: no server is reached by a socket of this kind.
    static func isLost(_ socket: curl_socket_t) -> Bool {
        var address = sockaddr()
        var length = socklen_t(MemoryLayout<sockaddr>.size)
        return getsockname(socket, &address, &length) == 0 && Int32(address.sa_family) == AF_UNIX
    }
}
#endif
