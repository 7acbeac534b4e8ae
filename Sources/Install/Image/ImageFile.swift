import Support

/// A file of an image that is being written. A file whose size is not known is kept until it is complete: in memory, or in
/// an unnamed file if it is large.
final class ImageFile {
    private let path: PrefixPath
    private let mode: UInt32
    private let expected: Int64?
    private let time: Int64?
    private let session: ImageSession
    private let isNoted: Bool
    private var hasBegun = false
    private var size: Int64 = 0
    private var content: [UInt8] = []
    private var spool: File?
    /// The same file in the folder in which byte code is made.
    var copy: PrefixFile?

    /// More is kept in an unnamed file.
    private static let mostInMemory = 4 << 20

    init(_ path: PrefixPath, mode: UInt32, size: Int64?, time: Int64?, session: ImageSession) {
        self.path = path
        self.mode = mode
        expected = size
        self.time = time
        self.session = session
        isNoted = EnvironmentImage.isNoted(path)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        size += Int64(bytes.count)
        switch copy {
        case .some(let file): try file.write(bytes)
        case nil: break
        }
        if let expected, !isNoted {
            try begin(expected, time)
            return try session.write(bytes)
        }
        if let spool { return try Sys.writeAll(spool.descriptor, bytes) }
        content.append(contentsOf: bytes)
        guard content.count > Self.mostInMemory else { return }
        let file = try UnlinkedFile.make(
            in: ProcessEnvironment.current.temporaryFolder, describedAs: path.bytes)
        try content.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0) }
        content = []
        spool = file
    }

    /// - Parameter time: of its last change, unless that was known from the beginning.
    func finish(time: Int64?) throws {
        try begin(size, self.time ?? time)
        try copy.take()?.finish(time: self.time ?? time ?? session.usualTime)
        if let expected, expected != size {
            throw Failure("'\(path)' has \(size) bytes instead of \(expected)")
        }
        if isNoted { content.withUnsafeBytes { session.note(path, $0) } }
        if let spool { return try spool.slice().forEachChunk { try session.write($0) } }
        if !content.isEmpty { try content.withUnsafeBytes { try session.write($0) } }
        content = []
    }

    private func begin(_ size: Int64, _ time: Int64?) throws {
        if hasBegun { return }
        hasBegun = true
        try session.add(path, .file(size), mode: mode, time: time)
    }
}
