import CondaModel
import Support

/// Where the parts of a self-extracting pack are, in bytes (docs/format.md, "Self-extracting packs").
public struct ExecutableLayout: Equatable, Sendable {
    /// The size of stub and marker line together. It is fixed, so that the archive's offset is known before its length.
    static let stubLength: Int64 = 4096
    /// The program begins at a multiple of this, as `dd` copies whole blocks.
    static let blockLength: Int64 = 4096
    /// The line before the archive.
    static let marker = "@@PIXI_PACK_ARCHIVE@@"

    /// The platform the pack is for.
    public let platform: Platform
    let archiveOffset: Int64
    let archiveLength: Int64
    /// Where the program begins, in bytes from the start of the file.
    public let runtimeOffset: Int64
    /// The size of the program as it is stored, in bytes.
    public let runtimeLength: Int64
    let runtimeStorage: EmbeddedRuntime.Storage
    /// The digest of the program as it is stored.
    public let runtimeDigest: SHA256Digest
    /// Digest of the pack's contents (`ContentDigest`), lower-case hexadecimal.
    public let contents: SHA256Digest

    /// The image with the environment; nil if the archive has its packages.
    public let image: EmbeddedImage?

    /// The length of the whole file.
    public var totalLength: Int64 { runtimeOffset + runtimeLength }
    /// How many zero bytes are between the archive and the program.
    var padding: Int64 { runtimeOffset - archiveOffset - archiveLength }

    /// The layout of a pack with an archive of `archiveLength` bytes.
    public init(
        archiveLength: Int64, runtime: EmbeddedRuntime, contents: SHA256Digest, image: EmbeddedImage? = nil
    ) {
        platform = runtime.platform
        archiveOffset = image.map { ExecutableLayout.nextBlock(from: $0.end) } ?? ExecutableLayout.stubLength
        self.archiveLength = archiveLength
        runtimeOffset = ExecutableLayout.nextBlock(from: archiveOffset + archiveLength)
        self.image = image
        runtimeLength = Int64(runtime.bytes.count)
        runtimeStorage = runtime.storage
        runtimeDigest = SHA256Hasher.hash(runtime.bytes)
        self.contents = contents
    }
}

extension ExecutableLayout {
    /// The first multiple of the block's length at or behind `offset`.
    public static func nextBlock(from offset: Int64) -> Int64 { (offset + blockLength - 1) / blockLength * blockLength }

    private static let headerStart = "pixi-pack-executable 1 "

    /// The second line of the stub, without its comment sign. It has all these values, for programs.
    var headerWords: String {
        let storage = runtimeStorage == .raw ? "" : ",\(runtimeStorage.rawValue)"
        return "\(ExecutableLayout.headerStart)\(platform.rawValue) archive=\(archiveOffset)+\(archiveLength)"
            + " runtime=\(runtimeOffset)+\(runtimeLength)\(storage),\(runtimeDigest.hex)"
            + (image.map { " \(EmbeddedImage.headerWord)=\($0.headerText)" } ?? "") + " sha256=\(contents.hex)"
    }

    /// Reads the header line among the first lines of a file.
    ///
    /// - Returns: nil if the bytes do not begin a self-extracting pack of ours.
    /// - Throws: `Failure` if the line is there but cannot be read.
    init?(startOfFile bytes: [UInt8]) throws {
        let lines = bytes.prefix(1024).split(separator: UInt8(ascii: "\n"), maxSplits: 4).prefix(4)
        let starts = ["# ", "rem "].map { Array(($0 + ExecutableLayout.headerStart).utf8) }
        guard
            let (line, start) = lines.lazy.compactMap({ line in
                starts.first { line.starts(with: $0) }.map { (line, $0) }
            }).first
        else { return nil }
        let words = String(decoding: line.dropFirst(start.count), as: UTF8.self)
            .split(whereSeparator: { $0 == " " || $0 == "\r" })
        var fields: [Substring: Substring] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
        }
        func range(_ text: Substring?) -> (offset: Int64, length: Int64)? {
            let numbers = (text ?? "").split(separator: "+").compactMap { Int64($0) }
            guard numbers.count == 2, numbers.allSatisfy({ $0 >= 0 && $0 < 1 << 60 }) else { return nil }
            return (numbers[0], numbers[1])
        }
        let runtime = (fields["runtime"] ?? "").split(separator: ",")
        guard let platform = words.first.flatMap({ Platform(rawValue: String($0)) }),
            let archive = range(fields["archive"]), let program = range(runtime.first),
            let storage = EmbeddedRuntime.Storage(rawValue: runtime.count == 3 ? String(runtime[1]) : "raw"),
            let digest = runtime.last.flatMap({ SHA256Digest(hex: $0) }),
            let contents = fields["sha256"].flatMap({ SHA256Digest(hex: $0) }),
            archive.offset + archive.length <= program.offset
        else { throw ExecutableLayout.damaged }
        if let text = fields[EmbeddedImage.headerWord[...]] {
            guard let image = EmbeddedImage(headerText: text), image.end <= archive.offset else {
                throw ExecutableLayout.damaged
            }
            self.image = image
        } else {
            image = nil
        }
        self.platform = platform
        (archiveOffset, archiveLength) = archive
        (runtimeOffset, runtimeLength) = program
        runtimeStorage = storage
        runtimeDigest = digest
        self.contents = contents
    }

    private static var damaged: Failure {
        Failure(
            "the header of this self-extracting pack is damaged", remedy: "Copy or download it again.",
            kind: .integrity)
    }
}
