import Support

/// Keeps all downloads together below a rate: a download that is ahead of the rate is paused. (libcurl's own limit
/// counts per download, and version 7.88 does not keep it on fast connections.)
final class RateLimiter {
    private let bytesPerSecond: Double
    private var received = 0.0
    private var since = MonotonicClock.seconds

    init(_ bytesPerSecond: Int64) { self.bytesPerSecond = Double(max(1, bytesPerSecond)) }

    func count(_ bytes: Int) { received += Double(bytes) }

    /// Seconds until more may be received; not positive: now.
    var wait: Double {
        let wait = received / bytesPerSecond - (MonotonicClock.seconds - since)
        if wait < -1 {
            // Unused allowance is not carried over.
            since = MonotonicClock.seconds
            received = 0
        }
        return wait
    }
}
