import Archive
import CondaModel
import SelfExtract
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What a user names as a pack: a tar, a directory, a self-extracting pack, or `-` for standard input.
public enum PackSource: Sendable, Equatable {
    case path(ByteString)
    case standardInput

    /// `-` is standard input (spec lock §6.8).
    public init(argument: ByteString) { self = argument == "-" ? .standardInput : .path(argument) }

    /// Opens the pack; a pipe is spooled to an unnamed file in `directory` first.
    ///
    /// - Throws: `Failure` naming the pack when there is none, or it is damaged.
    public func open(spoolingTo directory: ByteString) throws -> OpenPack {
        switch self {
        case .standardInput:
            return OpenPack(reader: try PackReader.spool(descriptor: 0, in: directory), layout: nil, tar: nil)
        case .path(let path):
            guard let file = try openFile(path) else {
                return OpenPack(reader: try PackReader.open(path), layout: nil, tar: nil)
            }
            if let found = try SelfExtractingFile.recognize(file) {
                let tar = found.archive
                let reader = try PackReader.open(file: file, offset: tar.offset, length: tar.length)
                return OpenPack(reader: reader, layout: found.layout, tar: tar)
            }
            let tar = try file.slice()
            return OpenPack(
                reader: try PackReader.open(file: file, offset: 0, length: tar.length), layout: nil, tar: tar)
        }
    }

    /// Nil for a directory.
    private func openFile(_ path: ByteString) throws -> File? {
        try describing("could not open pack '\(path)'") {
            let file = try File.open(path)
            return try Sys.stat(file.descriptor).st_mode & S_IFMT == S_IFREG ? file : nil
        }
    }
}

/// A pack that was found and can be read.
public struct OpenPack: Sendable {
    public let reader: PackReader
    /// Of a self-extracting pack, nil for others.
    public let layout: ExecutableLayout?
    /// The bytes of the tar in its file; nil for directories and standard input.
    public let tar: FileSlice?
}
