import Archive
import CondaModel
import SelfExtract
import Signing
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
    /// - Parameter trust: whose packs are opened; nil: everybody's.
    /// - Throws: `Failure` naming the pack when there is none, it is damaged, or cannot be trusted.
    public func open(spoolingTo directory: ByteString, trust: PackTrust? = nil) throws -> OpenPack {
        switch self {
        case .standardInput:
            let slice = try PackReader.spool(descriptor: 0, in: directory)
            let signature = try trust?.check(slice, path: nil)
            return OpenPack(
                reader: try PackReader.open(spooled: slice), layout: nil, tar: nil, signature: signature)
        case .path(let path):
            guard let file = try openFile(path) else {
                if trust != nil {
                    throw Failure(
                        "'\(path)' is no file, so nothing can be signed",
                        remedy: "Unpack the file that was signed, or leave out --verify-key.")
                }
                return OpenPack(reader: try PackReader.open(path), layout: nil, tar: nil, signature: nil)
            }
            let signature = try trust?.check(file.slice(), path: path)
            if let found = try SelfExtractingFile.recognize(file) {
                let tar = found.archive
                let reader = try PackReader.open(file: file, offset: tar.offset, length: tar.length)
                return OpenPack(reader: reader, layout: found.layout, tar: tar, signature: signature)
            }
            let tar = try file.slice()
            return OpenPack(
                reader: try PackReader.open(file: file, offset: 0, length: tar.length), layout: nil, tar: tar,
                signature: signature)
        }
    }

    /// Nil for a directory.
    private func openFile(_ path: ByteString) throws -> File? {
        try describing("could not open pack '\(path)'", remedy: "Name a file or folder that pixi-pack has made.") {
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
    /// What was checked before the pack was read; nil if nobody asked for it.
    public let signature: Signature?

    /// Says whose pack it is, if that was checked.
    public func reportSignature(_ reporter: any Reporter) {
        guard let signature else { return }
        let comment = signature.trustedComment.lossyString.unicodeScalars.map {
            $0.properties.generalCategory == .control ? " " : String($0)
        }
        reporter.info("The pack was signed with the key \(signature.keyID): \(comment.joined())")
    }
}
