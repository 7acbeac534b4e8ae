import CLibDeflate
import CondaModel
import Support

/// The program in a self-extracting pack: a pixi-unpack for the pack's platform. It was checked to be one.
public struct EmbeddedRuntime: Sendable {
    /// How it is run. Our own program reads the archive in place; for any other pixi-unpack the tar is copied to a
    /// file.
    public enum Style: Sendable, Equatable {
        case inPlace
        case extractedTar
    }

    /// How it is stored.
    public enum Storage: String, Sendable {
        case raw
        case gzip
    }

    /// The bytes as stored.
    public let bytes: [UInt8]
    let storage: Storage
    public let style: Style
    public let platform: Platform
    /// Whether it can mount and unpack an image (`EmbeddedImage`).
    public let readsImages: Bool
    /// What `cksum` prints for the program as it will be run.
    let checksum: String
    /// What the user should know about the program, although it can be used.
    public let warning: Message?

    /// A word that no other program has as its first argument. The stub runs our unpacker with it, and a file that
    /// contains it is our unpacker.
    public static let personalityWord = "--run-self-extracting-pack-1"

    /// Checks a program that is to be embedded.
    ///
    /// - Parameters:
    ///   - program: the bytes of the executable file.
    ///   - name: path or URL (without secrets) for messages.
    ///   - platform: the pack's platform.
    ///   - isOwn: whether it is the running program. Its user need not know how it was linked, so the error says what
    ///     to do.
    /// - Throws: `Failure` if it is not a program for the platform, or not a pixi-unpack.
    public init(program: [UInt8], name: String, platform: Platform, isOwn: Bool) throws {
        try EmbeddedRuntime.checkSupported(platform)
        let remedy: Message =
            "Name a pixi-unpack built for \(platform.rawValue) with --pixi-unpack-source: the program itself, not a"
            + " script or launcher that starts it."
        guard let kind = ExecutableKind(of: program) else {
            throw Failure("'\(name)' is not an executable program", remedy: remedy)
        }
        guard kind.runs(on: platform) else {
            let machines = kind.machines.map(\.rawValue).listed()
            throw Failure(
                "'\(name)' is a program for another platform than \(platform.rawValue) (\(kind.container.rawValue)"
                    + " for \(machines))", remedy: remedy)
        }
        if isOwn, let interpreter = kind.interpreter {
            throw Failure(
                "this build of pixi-pack cannot be put into a self-extracting pack: it is not static"
                    + " (it needs \(interpreter) and shared libraries of this machine)",
                remedy: "Use a release build of pixi-pack, or name a static pixi-unpack with --pixi-unpack-source.")
        }
        // For Windows there is no build of ours that reads in place (docs/self-extracting.md).
        if !platform.isWindows && program.contains(sequence: EmbeddedRuntime.personalityWord) {
            style = .inPlace
        } else if program.contains(sequence: "pixi-pack.json") {
            style = .extractedTar
        } else {
            throw Failure("'\(name)' is not pixi-unpack", remedy: remedy)
        }
        readsImages = style == .inPlace && program.contains(sequence: EmbeddedImage.headerWord)
        bytes = program
        storage = .raw
        self.platform = platform
        checksum = PosixChecksum.text(of: program)
        warning = kind.interpreter.map {
            "'\(name)' is not static: it runs only where \($0) and its shared libraries are"
        }
    }

    private init(compressed bytes: [UInt8], of original: EmbeddedRuntime) {
        self.bytes = bytes
        storage = .gzip
        style = original.style
        readsImages = original.readsImages
        platform = original.platform
        checksum = original.checksum
        warning = original.warning
    }

    /// - Throws: `Failure` for platforms that self-extracting packs cannot be made for
    ///   (docs/spec/lock.md#self-extracting).
    public static func checkSupported(_ platform: Platform) throws {
        if ExecutableKind.needed(for: platform) == nil {
            throw Failure(
                "Unsupported platform: \(platform.rawValue)",
                remedy: "Self-extracting packs exist for linux-64, linux-aarch64, osx-64, osx-arm64, win-64 and"
                    + " win-arm64; leave --create-executable out for the others.")
        }
    }

    /// The program compressed with gzip, or as it is if that is not smaller.
    public func compressed() throws -> EmbeddedRuntime {
        guard storage == .raw, let compressor = libdeflate_alloc_compressor(12) else { return self }
        defer { libdeflate_free_compressor(compressor) }
        let bound = libdeflate_gzip_compress_bound(compressor, bytes.count)
        let packed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            count = bytes.withUnsafeBytes {
                libdeflate_gzip_compress(compressor, $0.baseAddress, $0.count, output.baseAddress, bound)
            }
        }
        return packed.isEmpty || packed.count >= bytes.count ? self : EmbeddedRuntime(compressed: packed, of: self)
    }
}

extension [UInt8] {
    /// Whether the UTF-8 bytes of `text` occur anywhere.
    fileprivate func contains(sequence text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return false }
        return withUnsafeBufferPointer { bytes in
            for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
                var length = 1
                while length < wanted.count && bytes[start + length] == wanted[length] { length += 1 }
                if length == wanted.count { return true }
            }
            return false
        }
    }
}
