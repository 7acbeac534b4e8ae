import Support

/// The room on the disk that a pack takes while it arrives. Parts that were unpacked are given back to the disk, and the pack
/// has to wait while too much of it has not been unpacked.
final class SpoolRoom: Sendable {
    private struct State {
        /// Bytes of files that were taken and are not done.
        var pending: Int64 = 0
        var largest: Int64 = 0
        var released: Int64 = 0
    }

    private let file: File
    private let width: Int64
    private let state = WaitableState(State())

    /// - Parameters:
    ///   - file: a file of ours without a name.
    ///   - width: how many files are worked on at once.
    init(_ file: File, width: Int) {
        self.file = file
        self.width = Int64(clamping: width)
    }

    /// How many bytes of the pack were given back to the disk.
    var released: Int64 { state.read { $0.released } }

    func add(_ content: FileSlice) {
        state.change { state in
            state.pending = state.pending.addingReportingOverflow(content.length).partialValue
            state.largest = max(state.largest, content.length)
        }
    }

    func remove(_ content: FileSlice) { state.change { $0.pending -= content.length } }

    func done(_ content: FileSlice, with parts: [FileSlice]) {
        var released: Int64 = 0
        for part in parts where part.length > 0 {
            // File systems that cannot make holes keep the bytes.
            guard (try? Sys.punchHole(file.descriptor, at: part.offset, count: part.length)) != nil else { break }
            released += part.length
        }
        state.change { state in
            state.pending -= content.length
            state.released += released
        }
    }

    /// Waits while one file more would exceed the limit: the size of the largest file, once for each worker.
    func wait() throws {
        try state.wait { state in
            try Interruption.check()
            return state.pending <= state.largest.multipliedReportingOverflow(by: max(width - 1, 1)).partialValue
                ? () : nil
        }
    }
}
