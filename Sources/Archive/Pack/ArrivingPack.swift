import LibC
import Support

/// Tells of the files of a tar that is still being written to a file, each as soon as its last byte is there.
///
///     let arriving = ArrivingPack(atOnce: 2, { work.add($0) }, forget: { work.removeAll() })
///     let tar = try PackSpool(in: folder, arriving: arriving).read(0, called: "standard input")
///
/// What cannot be read as a tar is passed over: reading the complete pack reports what is wrong with it.
public final class ArrivingPack: Sendable {
    private struct State {
        /// How many bytes have arrived.
        var size: Int64 = 0
        var hasEnded = false
        var isFollowed = false
        var room: SpoolRoom?
        /// How many bytes have to arrive before the next header can be read.
        var wanted: Int64 = 0
    }

    private struct Over: Error {}

    /// More bytes than any tar has; rounding it up does not overflow.
    private static let unknownSize = Int64.max >> 4

    private let state = WaitableState(State())
    private let width: Int
    private let take: @Sendable (ArrivedFile) -> Bool
    private let forget: @Sendable () -> Void

    /// - Parameters:
    ///   - width: how many files are worked on at once.
    ///   - take: called for each file, on a thread of its own; what takes long belongs elsewhere. Of several files of one
    ///     name the last one counts. It returns whether the file will be `done` with.
    ///   - forget: called if the pack is sent again from its beginning, and may have changed: the files reported so far do
    ///     not count any more, and no others will be reported.
    public init(
        atOnce width: Int, _ take: @escaping @Sendable (ArrivedFile) -> Bool, forget: @escaping @Sendable () -> Void
    ) {
        self.width = width
        self.take = take
        self.forget = forget
    }

    deinit { end() }

    /// Begins to follow the tar, which is written to this unnamed file from its first byte on. If no thread can be started,
    /// no file is reported.
    public func follow(_ file: File) {
        let room = SpoolRoom(file, width: width)
        state.note { ($0.isFollowed, $0.room) = (true, room) }
        let thread = startThread { [state, take] in
            ArrivingPack.follow(file, state, room, take)
            state.change { $0.isFollowed = false }
        }
        guard let thread else { return state.note { $0.isFollowed = false } }
        pthread_detach(thread)
    }

    private static func follow(
        _ file: File, _ state: WaitableState<State>, _ room: SpoolRoom, _ take: @escaping (ArrivedFile) -> Bool
    ) {
        func wait(for size: Int64) throws {
            state.change { $0.wanted = size }
            try state.wait { state in
                try Interruption.check()
                if state.size >= size { return () }
                if state.hasEnded { throw Over() }
                return nil
            }
        }
        _ = try? TarIndex(
            FileSlice(file: file, offset: 0, length: unknownSize), prepare: { try wait(for: $0 + $1) },
            member: { path, content in
                try wait(for: content.offset + content.length)
                room.add(content)
                if !take(ArrivedFile(path: path, content: content, room: room)) { room.remove(content) }
            })
    }

    /// Says how many bytes have arrived by now.
    public func note(size: Int64) { state.change { $0.size = size } }

    /// Waits until there is room for more; returns how many bytes were given back to the disk so far.
    ///
    /// - Throws: `Failure` if a signal asked the program to end.
    func waitForRoom() throws -> Int64 {
        guard let room = state.read({ $0.room }) else { return 0 }
        // Wait until everything that has arrived was looked at.
        try state.wait { state in
            try Interruption.check()
            return !state.isFollowed || state.hasEnded || state.wanted > state.size ? () : nil
        }
        try room.wait()
        return room.released
    }

    /// To be called when no more bytes come. Afterwards no file is reported.
    public func end() {
        state.change { $0.hasEnded = true }
        state.wait { $0.isFollowed ? nil : () }
    }

    /// Says that the pack is sent again from its beginning.
    public func restart() {
        end()
        forget()
    }
}
