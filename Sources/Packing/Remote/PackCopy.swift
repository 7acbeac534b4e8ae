import Archive
import CondaModel
import Fetch
import Support

/// Makes a file of a pack that lies elsewhere.
public struct PackCopy: Sendable {
    private let network: FetchSettings
    private let trust: PackTrust?
    private let reporter: any Reporter

    public init(network: FetchSettings, trust: PackTrust? = nil, reporter: any Reporter) {
        self.network = network
        self.trust = trust
        self.reporter = reporter
    }

    /// Writes the pack's tar, or what lies at a URL as it is.
    ///
    /// - Parameter base: a pack from which everything is taken that it has.
    /// - Returns: the size of the file, and how many bytes of it were fetched.
    /// - Throws: `Failure`; then nothing is there.
    public func copy(
        _ source: PackSource, to path: ByteString, base: PackSource? = nil
    ) throws -> (size: Int64, fetched: Int64) {
        if case .remote(let name) = source, base == nil, trust == nil, !name.hasPrefix("oci:") {
            return try download(try WebURL(name.lossyString), to: path)
        }
        let folder = path.parentPath
        let pack = try source.open(spoolingTo: folder, trust: trust, network: network, reporter: reporter)
        pack.reportSignature(reporter)
        let old = try base?.open(spoolingTo: folder, network: network, reporter: reporter).reader
        let digests = try PackDigests(of: pack.reader, pack.form).declared
        let entries = pack.reader.members.map { PackEntry($0.name, .awaited(size: $0.size)) }
        let folders = pack.reader.directories.map { PackEntry($0, .directory) }
        let writer = try TarPackWriter(folders + entries, at: path)
        var missing: [PackMember] = []
        var fetched: Int64 = 0
        for member in pack.reader.members {
            try Interruption.check()
            if let same = old?[member.name], same.size == member.size, let digest = digests[member.name]?.sha256 {
                let slice = try same.open()
                if try slice.sha256() == digest {
                    try writer.slot(for: member.name).fill(from: slice)
                    continue
                }
            }
            missing.append(member)
            fetched &+= member.size
        }
        try PackMember.bring(missing)
        for member in missing {
            try Interruption.check()
            try writer.slot(for: member.name).fill(from: member.open())
        }
        return (try writer.finish(), fetched)
    }

    private func download(_ url: WebURL, to path: ByteString) throws -> (size: Int64, fetched: Int64) {
        let pending = try PendingFile(target: path)
        let sink = WholeFileSink(file: pending.file)
        let name = url.lastSegment.map { "\($0)" } ?? "pack"
        let request = FetchRequest(id: 0, WantedFile(name, kind: .pack, at: .url(url)), sink: sink)
        reporter.progress(.phaseBegan(name: "Fetching", items: 1, bytes: 0, unsized: 1))
        _ = try Fetcher(settings: network, reporter: reporter).fetch([request])
        reporter.progress(.phaseEnded)
        let size = try pending.file.size()
        // A file that turns out not to be a pack is not kept.
        let file = FileSlice(
            file: File(descriptor: try Sys.duplicate(pending.file.descriptor), path: path), offset: 0, length: size)
        _ = try PackSource.path(path).open(.file(file, signature: nil), PackSpool(in: path.parentPath))
        try pending.commit()
        return (size, size)
    }
}
