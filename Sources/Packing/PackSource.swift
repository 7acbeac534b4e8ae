import Archive
import CondaModel
import Fetch
import SelfExtract
import Signing
import Support

/// What a user names as a pack: a tar, compressed or not, a directory, a self-extracting pack, `-` for standard input, a
/// reference to a registry or layout, or a URL.
public enum PackSource: Sendable, Equatable {
    case path(ByteString)
    case standardInput
    /// A reference or URL.
    case remote(ByteString)

    /// `-` is standard input (docs/spec/lock.md#pixi-unpack).
    public init(argument: ByteString) {
        let schemes: [ByteString] = ["oci:", "http://", "https://", "s3://", "gcs://", "file://"]
        self =
            argument == "-"
            ? .standardInput : schemes.contains { argument.hasPrefix($0) } ? .remote(argument) : .path(argument)
    }

    /// Whether it is the folder of an environment, which is no pack.
    public var isEnvironment: Bool {
        guard case .path(let path) = self else { return false }
        return (try? Sys.isDirectory(path.appending(path: "conda-meta"))) == true
            && (try? Sys.exists(path.appending(path: PackManifest.fileName))) == false
    }

    /// Opens the pack; what comes through a pipe or is compressed goes to an unnamed file in `directory` first.
    ///
    /// - Parameters:
    ///   - trust: whose packs are opened; nil: everybody's.
    ///   - maximumSize: the most bytes a compressed pack may become; nil: as many as there is room for.
    ///   - network: how packs are fetched that lie elsewhere.
    ///   - arriving: is told of the files of a pack that comes through a pipe, before all of it is there.
    /// - Throws: `Failure` naming the pack when there is none, it is damaged, no pack, or cannot be trusted.
    public func open(
        spoolingTo directory: ByteString, trust: PackTrust? = nil, maximumSize: Int64? = nil,
        network: FetchSettings = FetchSettings(), arriving: ArrivingPack? = nil,
        reporter: any Reporter = SilentReporter()
    ) throws -> OpenPack {
        if case .remote(let name) = self {
            var remote = RemotePack(settings: network, reporter: reporter, folder: directory, trust: trust)
            remote.arriving = arriving
            return try remote.open(name)
        }
        let spool = PackSpool(in: directory, limit: maximumSize, arriving: arriving, reporter: reporter)
        return try open(find(spool, trust: trust), spool)
    }

    /// The bytes behind the name.
    enum Found {
        case folder(ByteString)
        /// Compressed, if it was and is to be trusted.
        case file(FileSlice, signature: Signature?)
    }

    /// - Parameter acceptsText: also takes a list of packages from a pipe.
    func find(_ spool: PackSpool, trust: PackTrust? = nil, acceptsText: Bool = false) throws -> Found {
        switch self {
        case .remote(let name):
            throw Failure("'\(name)' is no file", remedy: "Fetch it first: pixi-unpack fetch \(name) -o FILE.")
        case .standardInput:
            let descriptor = try opening { try Sys.duplicate(0) }
            return try receive(File(descriptor: descriptor, path: "standard input"), nil)
        case .path(let path):
            try NoPack.refuse(path)
            if let stream = try opening({ try GivenFile.stream(named: path) }) {
                return try receive(stream, nil)
            }
            if try opening({ try Sys.isDirectory(path) }) {
                if trust == nil { return .folder(path) }
                throw Failure(
                    "'\(path)' is no file, so nothing can be signed",
                    remedy: "Unpack the file that was signed, or leave out --verify-key.")
            }
            let slice = try opening { try File.open(path).slice() }
            try NoPack.refuse(content: slice, path)
            return .file(slice, signature: try trust?.check(slice, path: path))
        }

        func receive(_ stream: File, _ path: ByteString?) throws -> Found {
            let slice = try opening {
                try spool.read(
                    stream.descriptor, called: stream.path, keepsCompressed: trust != nil, acceptsText: acceptsText)
            }
            return .file(slice, signature: try trust?.check(slice, path: path))
        }
    }

    func open(_ found: Found, _ spool: PackSpool) throws -> OpenPack {
        switch found {
        case .folder(let path):
            return try OpenPack(reader: PackReader.open(path), layout: nil, tar: nil, signature: nil)
        case .file(let given, let signature):
            let file = try opening { try spool.decompressed(given) }
            let found = file.offset == 0 ? try SelfExtractingFile.recognize(file.file) : nil
            let tar = found?.archive ?? file
            let reader = try opening { try PackReader.open(tar) }
            return try OpenPack(reader: reader, layout: found?.layout, tar: tar, signature: signature)
        }
    }

    /// Says of an error what could not be opened.
    private func opening<Result>(_ body: () throws -> Result) throws -> Result {
        switch self {
        case .path(let path), .remote(let path):
            try describing(
                "could not open pack '\(path)'", remedy: "Name a file or folder that pixi-pack has made."
            ) { try describingDenial(of: path, body) }
        case .standardInput:
            try describing(
                "could not read the pack from standard input",
                remedy: "Give the pack to standard input as pixi-pack writes it: pixi-pack -o - | pixi-unpack -.", body)
        }
    }
}
