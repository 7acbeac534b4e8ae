/// Reports from time to time how far a step has read its archive.
///
/// Some parts are read twice, and others (hashes, directories) are not counted, but the sum of what is reported is the
/// size of the archive.
final class ReadProgress {
    /// A report is made after this many bytes.
    private static let step: Int64 = 512 << 10

    private var left: Int64
    private var untold: Int64 = 0
    private let tell: (Int64) -> Void

    /// - Parameters:
    ///   - size: of the archive, in bytes.
    ///   - tell: is given how many bytes more are read.
    init(of size: Int64, _ tell: @escaping (Int64) -> Void) {
        left = size
        self.tell = tell
    }

    /// Notes how many bytes more were read.
    func note(_ count: Int) {
        let count = min(Int64(count), left)
        left -= count
        untold += count
        if untold >= Self.step { flush() }
    }

    /// Reports what is left of the archive: the step is complete.
    func end() {
        untold += left
        left = 0
        flush()
    }

    private func flush() {
        if untold > 0 { tell(untold) }
        untold = 0
    }
}
