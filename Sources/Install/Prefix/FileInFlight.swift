/// A small file on its way to `FilesInFlight`, or a larger one that its session writes.
final class FileInFlight {
    private let path: PrefixPath
    private let mode: UInt32
    private let session: PrefixSession
    private var contents: [UInt8] = []
    private var own: PrefixFile?

    init(_ path: PrefixPath, mode: UInt32, session: PrefixSession) {
        self.path = path
        self.mode = mode
        self.session = session
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        if own == nil, contents.count + bytes.count <= FilesInFlight.largest {
            contents.append(contentsOf: bytes)
            return
        }
        try beginOwn()
        try writeOwn(bytes)
    }

    func finish(time: Int64?) throws {
        if own == nil, try session.hand(over: contents, to: path, mode: mode, time: time) { return }
        try beginOwn()
        try own.take()?.finish(time: time)
    }

    private func beginOwn() throws {
        if own != nil { return }
        own = try session.createNow(path, mode: mode, appears: .atOnce)
        try contents.withUnsafeBytes { try writeOwn($0) }
        contents = []
    }

    private func writeOwn(_ bytes: UnsafeRawBufferPointer) throws {
        switch own {
        case .some(let file): try file.write(bytes)
        case nil: break
        }
    }
}
