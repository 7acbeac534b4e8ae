import CondaModel
import SelfExtract
import Support

@testable import Archive
@testable import Install

/// The most a target decodes of one input.
private let limit: Int64 = 4 << 20

/// Readers of archives.
let containerTargets: [String: any FuzzTarget] = [
    "tar": ReadingFile { slice in
        if let pack = try? PackReader.open(slice) {
            var extent = TarExtent()
            try slice.forEachChunk(size: 1000) { extent.follow($0) }
            require(extent.hasEnded && extent.reach <= slice.length, "a tar that can be read has a known end")
            for member in pack.members where member.size <= limit { _ = try member.open().readAll() }
        }
        let source = FileBlockSource(slice, buffer: scratch.middle.bytes)
        try read(TarStream(source, scratch: scratch, start: scratch.decodedBytes, limit: limit))
    },
    "conda": ReadingFile { slice in
        let start = try slice.part(offset: 0, length: min(2, slice.length)).readAll()
        let kind = start == Array("PK".utf8) ? ArchiveName.Kind.conda : .tarBz2
        try CondaArchive(slice, kind: kind, name: "package").readEntries(scratch: scratch, limit: limit) { _, reader in
            _ = try reader.readAll(limit: limit)
            return .next
        }
    },
    "wheel": ReadingFile { slice in
        if let target = try? target.get() {
            _ = try? WheelPlan(
                fileName: "pkg-1.0-py3-none-any.whl", slice: slice, target: target,
                origin: WheelOrigin(direct: "file:///pack"), scratch: scratch)
        }
        for entry in try ZipReader(slice).entries where entry.size <= limit {
            _ = try? entry.contents(scratch: scratch, limit: limit)
            try? entry.forEachBlock(scratch: scratch) { _ in }
        }
    },
    "executable": ReadingFile { slice in _ = try SelfExtractingFile.recognize(slice.file) },
]

private let scratch = DecoderScratch()

private let target = Result {
    let python = PackageRecord(name: "python", version: "3.12.1", build: "0", subdir: "linux-64")
    return WheelTarget(python: try PythonInfo(python), prefix: "/opt/env", platform: .linux64)
}

private func read(_ stream: TarStream) throws {
    while let entry = try stream.next() {
        require((try? RelativePath(entry.path.bytes)) != nil, "the path of an entry stays inside")
        var reader = EntryReader(stream, size: entry.size, name: "package")
        _ = try reader.readAll(limit: limit)
    }
}
