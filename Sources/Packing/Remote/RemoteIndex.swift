import Archive
import Fetch
import Support

/// Finds out what is in a tar behind a URL, and where.
///
/// The headers of a tar can only be read one after the other: each says where the next one is. A pack of ours lists its
/// files, and their places follow from that list; without wheels it is at the end, and comes with one question.
final class RemoteIndex {
    struct File {
        let path: RelativePath
        /// Its place in the tar.
        let slice: FileSlice
        /// As the pack's list has it; nil for the list itself.
        let sha256: SHA256Digest?
        /// Whether it has come already.
        let isThere: Bool
    }

    /// A file of the tar's size, in which what has come is.
    let tar: FileSlice
    private let reader: RangeReader
    private var known: [Range<Int64>] = []

    /// Bytes that are asked for at once: many small files, or one header.
    private static let block: Int64 = 4 << 10
    private static let mostListed: Int64 = 64 << 20

    /// - Parameter spool: a file of that size.
    init(_ reader: RangeReader, _ spool: Support.File, size: Int64, called name: ByteString) throws {
        self.reader = reader
        tar = FileSlice(
            file: Support.File(descriptor: try Sys.duplicate(spool.descriptor), path: name), offset: 0, length: size)
    }

    /// Gets what is about to be read, unless it has come.
    func need(_ offset: Int64, _ length: Int64) throws {
        if isThere(offset, length) { return }
        let bytes = try reader.read(offset, max(length, RemoteIndex.block))
        guard Int64(bytes.count) >= length else {
            throw Failure("the server sent less than was asked for", remedy: "Try again.")
        }
        try bytes.withUnsafeBytes { try Sys.writeAll(tar.file.descriptor, $0, at: offset) }
        known.append(offset..<(offset + Int64(bytes.count)))
    }

    private func isThere(_ offset: Int64, _ length: Int64) -> Bool {
        known.reversed().contains { $0.lowerBound <= offset && offset + length <= $0.upperBound }
    }

    /// The files by the list in pixi-pack.json; nil if there is none, or the tar is not as this program writes it.
    func listed() throws -> [File]? {
        let name = try RelativePath(PackManifest.fileName)
        guard let list = try listAtEnd(name) ?? listByHeaders(name), list.length <= RemoteIndex.mostListed else {
            return nil
        }
        try need(list.offset, list.length)
        let alone = PackReader(path: tar.file.path, members: [PackMember(name: name, data: list)])
        guard let form = try? PackManifest.form(of: alone), let contents = form.contents else { return nil }
        let required = Set(contents.required?.map(\.path) ?? [])
        let members = contents.members.filter { !required.contains($0.path) }
        let sizes = members.map { ($0.path, $0.size) } + [(name, list.length)]
        guard let layout = TarPackLayout(of: sizes), layout.size == tar.length, layout.offsets[name] == list.offset
        else { return nil }
        var files = [File(path: name, slice: list, sha256: nil, isThere: true)]
        for member in members {
            guard let offset = layout.offsets[member.path] else { return nil }
            files.append(
                File(
                    path: member.path, slice: try tar.part(offset: offset, length: member.size), sha256: member.sha256,
                    isThere: false))
        }
        return files
    }

    /// The list among the last bytes of the tar.
    private func listAtEnd(_ name: RelativePath) throws -> FileSlice? {
        let block = TarSearch.blockSize
        guard tar.length % block == 0 else { return nil }
        // A line of the list for each package, which is about a thousandth of it.
        let length = min(tar.length, max(32 << 10, min(tar.length / 512, 256 << 10))) / block * block
        try need(tar.length - length, length)
        return try TarSearch.last(name, in: tar, from: tar.length - length)
    }

    /// The list where the headers lead to it.
    private func listByHeaders(_ name: RelativePath) throws -> FileSlice? {
        // What is wrong with the headers is said by who reads all of them.
        try? TarSearch.first(name, in: tar) { [self] in try need($0, $1) }
    }
}

extension PackManifest.Form {
    /// What a pack with one environment says of its files.
    var contents: PackContents? {
        switch self {
        case .plain(let manifest), .delta(let manifest): manifest.contents
        case .bundle: nil
        }
    }
}
