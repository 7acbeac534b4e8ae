import CondaModel
import Support

/// A conda package as a container: `.conda` (a zip of zstd-compressed tars) or `.tar.bz2` (docs/spec/install.md#conda,
/// docs/spec/install.md#tar-bz2, docs/spec/install.md#extraction).
///
/// Nothing is extracted: the entries are read one after the other, each with a reader for its content.
public struct CondaArchive: Sendable {
    /// Which entries are read.
    public enum Section: Sendable {
        /// Of a `.conda` the members named `info-*.tar.zst`. Of a `.tar.bz2` everything, so stop when you have what you
        /// need.
        case info
        /// Of a `.conda` the members that `.info` leaves out. Of a `.tar.bz2` everything.
        case payload
        case all
    }

    /// What to do if bytes differ from what was written.
    public static let damageRemedy: Message = "See whether the pack is whole: pixi-unpack verify PACK."

    /// The name of the package in messages.
    let name: String
    private let container: Container
    private let packedSize: Int64

    private enum Container {
        /// The members that hold tars, in file order.
        case conda([ZipEntry])
        case tarBz2(FileSlice)
    }

    /// - Throws: `Failure` if the zip of a `.conda` is damaged.
    public init(_ slice: FileSlice, kind: ArchiveName.Kind, name: String) throws {
        self.name = name
        packedSize = slice.length
        switch kind {
        case .tarBz2: container = .tarBz2(slice)
        case .conda:
            container = try describing(
                "could not read package '\(name)'", remedy: CondaArchive.damageRemedy
            ) {
                let zip = try ZipReader(slice)
                try zip.refuseHiddenMembers(slice)
                // The original reads members from the start of the file, and so goes by the names in front of the data.
                let members = zip.entries.filter { $0.localName.lastPathComponent.hasSuffix(".tar.zst") }
                for member in members where member.method != .stored && member.method != .deflated {
                    throw Failure("zip member '\(member.name)' is neither stored nor deflated")
                }
                return .conda(members.sorted { $0.headerOffset < $1.headerOffset })
            }
        case .wheel: throw Failure("'\(name)' is a wheel, not a conda package")
        }
    }

    /// Calls `body` with each entry in the order of the archive until it returns `.stop`. Entries with an unsafe path
    /// (`..`) are skipped (docs/spec/install.md#extraction). If a path occurs twice, the later entry counts.
    ///
    /// - Parameter limit: the most bytes to decode. If nil, what the budget of the scratch allows, else what is usual
    ///   for a package of this size.
    /// - Throws: `Failure` naming the package; errors of `body` as they are.
    public func readEntries(
        _ section: Section = .all, scratch: DecoderScratch, limit: Int64? = nil,
        _ body: (TarEntry, inout EntryReader) throws -> Flow
    ) throws {
        let start = scratch.decodedBytes
        let limit = limit ?? usualLimit(scratch)
        switch container {
        case .tarBz2(let slice):
            _ = try readTar(scratch: scratch, start: start, limit: limit, body) {
                Bzip2Source(slice, scratch: scratch)
            }
        case .conda(let members):
            for member in members where isIn(section, member) {
                let flow = try readTar(scratch: scratch, start: start, limit: limit, body) {
                    try ZstdSource(member.source(scratch, buffer: scratch.middle.bytes), scratch: scratch)
                }
                if flow == .stop { return }
            }
        }
    }

    /// The most bytes that one reading may decode if the caller sets no limit; nil if the budget of the scratch sets
    /// one.
    public func usualLimit(_ scratch: DecoderScratch) -> Int64? {
        scratch.budget?.total == nil ? DecodingBudget.usualLimit(packed: packedSize) : nil
    }

    /// How many bytes the tars of the payload have by their headers; nil if the headers do not say.
    public var payloadSize: Int64? {
        get throws {
            guard case .conda(let members) = container else { return nil }
            var size: Int64 = 0
            for member in members where isIn(.payload, member) {
                guard member.method == .stored, let part = try ZstdFrame.contentSize(of: member.data) else {
                    return nil
                }
                size = size.addingReportingOverflow(part).partialValue
            }
            return size
        }
    }

    private func isIn(_ section: Section, _ member: ZipEntry) -> Bool {
        let isInfo = member.localName.lastPathComponent.hasPrefix("info-")
        return switch section {
        case .all: true
        case .info: isInfo
        case .payload: !isInfo
        }
    }

    private func readTar(
        scratch: DecoderScratch, start: Int64, limit: Int64?, _ body: (TarEntry, inout EntryReader) throws -> Flow,
        source: () throws -> any BlockSource
    ) throws -> Flow {
        func reading<Result>(_ body: () throws -> Result) throws -> Result {
            try describing(
                "could not read package '\(name)'", remedy: CondaArchive.damageRemedy,
                body)
        }
        let tar = try reading { TarStream(try source(), scratch: scratch, start: start, limit: limit) }
        while let entry = try reading({ try tar.next() }) {
            var reader = EntryReader(tar, size: entry.size, name: name)
            if try body(entry, &reader) == .stop { return .stop }
        }
        return .next
    }
}
