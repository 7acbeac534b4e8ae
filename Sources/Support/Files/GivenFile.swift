import LibC

/// Files that a person names to be read. Besides regular files these are streams that are open already and that the
/// shell hands over as a path: `/dev/stdin`, and `/dev/fd/63` for `<(command)`. Named pipes are refused, as nobody may
/// ever write to them.
public enum GivenFile {
    /// The descriptor that such a path stands for; nil for every other path.
    public static func descriptor(named path: ByteString) -> Int32? {
        if path == "/dev/stdin" { return 0 }
        for folder: ByteString in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
            let digits = ByteString(path.bytes.dropFirst(folder.count))
            guard let number = digits.string.flatMap({ Int32($0) }), number >= 0 else { return nil }
            return number
        }
        return nil
    }

    /// The stream such a path stands for; nil for every other path, and for a stream that is a file with a path of its
    /// own.
    ///
    /// - Throws: `SystemError` if the descriptor is not open.
    public static func stream(named path: ByteString) throws -> File? {
        guard let descriptor = descriptor(named: path) else { return nil }
        switch FileKind(try Sys.stat(descriptor).st_mode) {
        case .pipe, .socket: return File(descriptor: try Sys.duplicate(descriptor), path: path)
        default: return nil
        }
    }
}

extension File {
    /// Opens what a person has named: a regular file, a stream that is open already (its content is kept in a file
    /// without a name), or the null device, which is an empty file.
    ///
    /// - Parameter limit: the most bytes a stream may bring.
    /// - Throws: `SystemError`, or `Failure` saying what is there instead.
    public static func openGiven(_ path: ByteString, limit: Int64 = 16 << 20) throws -> File {
        if let stream = try GivenFile.stream(named: path) { return try stream.kept(limit: limit) }
        if try isNull(path) { return File(descriptor: try Sys.open(path, O_RDONLY | O_NONBLOCK), path: path) }
        return try open(path)
    }

    private static func isNull(_ path: ByteString) throws -> Bool {
        guard let status = try? Sys.stat(path), FileKind(status.st_mode) == .characterDevice else { return false }
        return status.st_rdev == (try Sys.stat("/dev/null")).st_rdev
    }

    /// Reads the stream to its end, into a file without a name.
    private func kept(limit: Int64) throws -> File {
        let folder = ProcessEnvironment.current.temporaryFolder
        let file = try UnlinkedFile.make(in: folder, describedAs: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
        defer { buffer.deallocate() }
        var size: Int64 = 0
        while true {
            try Interruption.waitToRead(descriptor)
            let count = try Sys.read(descriptor, into: buffer)
            if count == 0 { return file }
            size += Int64(count)
            if size > limit { throw Failure("'\(path)' brings more than the \(limit) bytes it may have") }
            try Sys.writeAll(file.descriptor, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
