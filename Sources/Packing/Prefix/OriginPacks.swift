import Archive
import CondaModel
import LibC
import Support

/// The packs an environment was unpacked from: the records of its packages name places in them, such as
/// `environment.tar/channel/noarch/a-1.0-0.conda`.
final class OriginPacks {
    /// A package in a pack.
    struct Member: Sendable {
        let content: FileSlice
        let sha256: SHA256Digest
    }

    private var readers: [ByteString: PackReader?] = [:]

    /// The package at a path that leads into a pack; nil if there is a file at the path, or no pack on the way.
    ///
    /// - Throws: `Failure` if the member cannot be read.
    func member(at path: ByteString) throws -> Member? {
        var pack = path.parentPath
        // `channel/<subdir>/<file>` or `pypi/<file>`.
        for _ in 0..<2 where !OriginPacks.isFile(pack) { pack = pack.parentPath }
        guard OriginPacks.isFile(pack), let name = try? RelativePath(ByteString(path.bytes.dropFirst(pack.count + 1))),
            let member = reader(pack)?[name]
        else { return nil }
        return try describing("could not read '\(name)' of the pack '\(pack)'") {
            let content = try member.open()
            return Member(content: content, sha256: try content.sha256())
        }
    }

    /// A package in a pack that is a folder; nil if there is no file.
    ///
    /// - Throws: `Failure` if it cannot be read.
    func file(at path: ByteString) throws -> Member? {
        guard OriginPacks.isFile(path) else { return nil }
        let content = try File.open(path).slice()
        return Member(content: content, sha256: try content.sha256())
    }

    private func reader(_ path: ByteString) -> PackReader? {
        if let known = readers[path] { return known }
        // Whatever else is there now is not the pack it was.
        let reader = try? PackSource.path(path).open(spoolingTo: ".").reader
        readers[path] = .some(reader)
        return reader
    }

    private static func isFile(_ path: ByteString) -> Bool {
        ((try? Sys.stat(path))?.st_mode).map { $0 & S_IFMT == S_IFREG } ?? false
    }
}
