import CondaModel
import LibC
import Support

/// Reads small parts of a file behind a URL, one after the other, over a connection that is kept.
public final class RangeReader {
    private let planner: RequestPlanner
    private let url: WebURL
    private let policy: RetryPolicy
    /// Its size in bytes, once it is known.
    private var total: Int64?
    /// The first bytes; empty before `size()`.
    public private(set) var start: [UInt8] = []

    private static let firstPart: Int64 = 16 << 10

    public init(_ url: WebURL, settings: FetchSettings, reporter: any Reporter) throws {
        planner = try RequestPlanner(settings, reporter: reporter)
        self.url = url
        policy = RetryPolicy(tries: settings.tries, backoffSeconds: settings.backoffSeconds)
    }

    /// The size of the file, if its server sends parts of it; nil: it sends only all of it.
    ///
    /// - Throws: `Failure` if there is no such file, or nobody answers.
    public func size() throws -> Int64? {
        guard let (bytes, total) = try ask(0, RangeReader.firstPart) else { return nil }
        start = bytes
        self.total = total
        return total
    }

    /// Bytes of the file, fewer at its end.
    public func read(_ offset: Int64, _ length: Int64) throws -> [UInt8] {
        if offset + length <= Int64(start.count) { return Array(start[Int(offset)..<Int(offset + length)]) }
        let length = total.map { min(length, $0 - offset) } ?? length
        guard let (bytes, _) = try ask(offset, length) else {
            throw Failure("the server sent all of the file where a part was asked for", remedy: "Try again.")
        }
        return bytes
    }

    /// Nil if the server sends all.
    private func ask(_ offset: Int64, _ length: Int64) throws -> (bytes: [UInt8], total: Int64?)? {
        var tries = 0
        var isRenewing = false
        while true {
            try Interruption.check()
            tries += 1
            do {
                let reply = try send("Range: bytes=\(offset)-\(offset + length - 1)", isRenewing: isRenewing)
                switch reply.status {
                case 206:
                    guard let range = reply.head.contentRange, range.start == offset else {
                        throw Failure("the server sent another part than was asked for", remedy: "Try again.")
                    }
                    return (reply.body, range.total)
                case 200: return nil
                case 401, 403:
                    if !isRenewing, planner.canRenew(url) {
                        isRenewing = true
                        continue
                    }
                default: break
                }
                guard RetryPolicy.isTransient(status: reply.status), tries < policy.tries else {
                    throw FailureCause.status(reply.status).failure(
                        fileName: "\(url.lastSegment.map { "\($0)" } ?? "")", url: url.redacted)
                }
            } catch let problem as ExchangeProblem {
                guard problem.isTransient, tries < policy.tries else { throw problem.failure }
            }
            var left = Int(policy.wait(after: tries, retryAfter: nil) * 20)
            while left > 0 {
                try Interruption.check()
                usleep(50_000)
                left -= 1
            }
        }
    }

    private func send(_ range: String, isRenewing: Bool) throws -> HTTPClient.Reply {
        var request = try planner.plan(
            .init(url: url, sha256: nil, mirror: nil, isRenewing: isRenewing))
        for _ in 0..<10 {
            var call = HTTPClient.Call(url: request.url, headers: [range] + request.secretHeaders)
            call.mayBeCut = true
            let reply = try planner.client.send(call)
            guard (300..<400).contains(reply.status), let place = reply.head["location"] else { return reply }
            let target = RegistryClient.resolve(place, from: request.url)
            if Origin.text(of: target) != Origin.text(of: request.url) { request.secretHeaders = [] }
            request.url = target
        }
        throw Failure("too many redirects (more than 10)", remedy: "Look whether the URL is right.")
    }
}
