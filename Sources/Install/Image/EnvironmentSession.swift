import LibC
import Support

/// One worker's access to what an environment is written into: a folder (`PrefixSession`) or an image (`ImageSession`).
protocol EnvironmentSession: AnyObject {
    /// Whether everything is written once and in order: sizes and times have to be known in time, and what was written
    /// cannot be read or changed again.
    var isStream: Bool { get }

    /// The mode without the bits of the umask.
    func masked(_ mode: UInt32) -> UInt32
    /// Creates or replaces a regular file. Write to it, then `finish` it.
    ///
    /// - Parameters:
    ///   - size: in bytes, if it is known; a file of another size is an error then.
    ///   - time: of its last change, if it is known.
    func create(
        _ path: PrefixPath, mode: UInt32, size: Int64?, time: Int64?, appears: PrefixSession.Appearance
    ) throws -> PrefixFile
    func makeSymbolicLink(_ path: PrefixPath, target: ByteString, time: Int64?) throws
    /// Makes `path` another name of the file or link at `existing`.
    func makeHardLink(_ path: PrefixPath, to existing: PrefixPath) throws
    /// Creates a file with the content of another one of the environment.
    func copyFile(_ existing: PrefixPath, to path: PrefixPath, mode: UInt32, time: Int64?) throws
    /// Gives a file or link its place that was made in another folder.
    func place(_ name: ByteString, from folder: File, at path: PrefixPath) throws
    func makeDirectory(_ path: PrefixPath) throws
    /// Sets the time of something that was made; in an image it keeps the one it was made with.
    func setTime(_ path: PrefixPath, _ time: Int64) throws
    /// A step begins, whose place in the order of its part is `turn`.
    func begin(part: Int, turn: Int)
    /// The step is complete.
    func end() throws
}

extension EnvironmentSession {
    /// Creates or replaces a file with one write.
    func write(
        _ path: PrefixPath, mode: UInt32, _ contents: UnsafeRawBufferPointer, time: Int64? = nil,
        appears: PrefixSession.Appearance = .atOnce
    ) throws {
        let file = try create(path, mode: mode, size: Int64(contents.count), time: time, appears: appears)
        try file.write(contents)
        try file.finish(time: time)
    }
}

extension EnvironmentSession {
    func place(_ name: ByteString, from folder: File, at path: PrefixPath) throws {
        try copy(name, from: folder, to: path)
    }

    /// Makes a copy of a file or link of another folder.
    func copy(_ name: ByteString, from folder: File, to path: PrefixPath) throws {
        let status = try Sys.stat(name, at: folder.descriptor, followLinks: false)
        let time = Int64(status.st_mtim.tv_sec)
        if status.st_mode & S_IFMT == S_IFLNK {
            let target = try Sys.readlink(name, at: folder.descriptor)
            return try makeSymbolicLink(path, target: target, time: time)
        }
        let content = try File(
            descriptor: Sys.open(name, O_RDONLY | O_NOFOLLOW, at: folder.descriptor), path: path.bytes
        ).slice()
        let file = try create(
            path, mode: UInt32(status.st_mode) & 0o7777, size: content.length, time: time, appears: .atOnce)
        try content.forEachChunk { try file.write($0) }
        try file.finish(time: time)
    }
}

extension PrefixSession: EnvironmentSession {
    var isStream: Bool { false }
    func masked(_ mode: UInt32) -> UInt32 { writer.masked(mode) }
    func create(
        _ path: PrefixPath, mode: UInt32, size: Int64?, time: Int64?, appears: Appearance
    ) throws -> PrefixFile {
        try create(path, mode: mode, appears: appears)
    }
    func begin(part: Int, turn: Int) {}
    func end() throws { try settle() }
}
