import LibC
import Support

/// Ports of 127.0.0.1 for servers that cannot choose one themselves and say which. Below those the system gives to others by itself
/// (32768 and up), and none twice in one run of the tests, which start several servers at a time.
public enum FreePorts {
    private static let next = Locked(20_000 + Int(getpid()) % 12_000)

    /// So many ports in a row; the first of them.
    public static func take(_ count: Int = 1) throws -> Int {
        try next.withLock { next in
            let search = """
                import socket, sys
                start, count = int(sys.argv[1]), int(sys.argv[2])
                def free(port):
                    with socket.socket() as one:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        try:
                            one.bind(("127.0.0.1", port))
                        except OSError:
                            return False
                    return True
                for first in [*range(start, 32_000), *range(20_000, start)]:
                    if all(map(free, range(first, first + count))):
                        print(first)
                        break
                """
            let outcome = try ChildProcess.run(
                [ChildProcess.needed("python3"), "-c", search, "\(next)", "\(count)"],
                environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"])
            guard let port = Int(outcome.output.split(separator: "\n").first ?? "") else {
                throw Failure("there is no free port: \(outcome.errors)")
            }
            next = port + count
            return port
        }
    }
}
