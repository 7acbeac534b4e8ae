import Archive
import CondaModel
import Support

/// A Python package on the disk that does not say where its wheel came from, and what can tell the wheel from others.
struct UnrecordedWheel: Sendable {
    let name: PyPIName
    let version: PEP440Version
    /// The tags of its WHEEL file, for example `py3-none-any`; none if there is no such file.
    let tags: Set<String>
    /// The hashes of RECORD by path, relative to site-packages.
    let hashes: [ByteString: ByteString]
    /// The site folder on the disk.
    let folder: ByteString

    /// What is recorded if it cannot be packed.
    var leftOut: PackContents.LeftOut {
        .init(
            name: name.text, source: "\(name) \(version)",
            reason: "the environment does not tell where its wheel is, or it is not there any more")
    }

    /// A file of `wheel` that is not what was installed; nil if this is the wheel.
    ///
    /// The files themselves are compared with what the environment's RECORD says of them, or where that was wrong from
    /// the beginning, with the files on the disk.
    func difference(from wheel: FileSlice) throws -> ByteString? {
        let entries = try ZipReader(wheel).entries.filter { !$0.isDirectory }
        let records = entries.filter { entry in
            let parts = entry.name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            return parts.count == 2 && entry.name.hasSuffix(".dist-info/RECORD")
        }
        guard let record = records.first, records.count == 1 else { return "RECORD" }
        let scratch = DecoderScratch()
        let data = try InstalledData(self, entries, scratch: scratch)
        let found = UnrecordedWheel.hashes(ofRecord: try record.contents(scratch: scratch))
        // Files of the RECORD that this wheel does not have, or has otherwise.
        if let missing = found.filter({ !isMadeAnew($0.key) && hashes[$0.key] != $0.value }).keys.min() {
            return missing
        }
        for entry in entries.sorted(by: { $0.name < $1.name }) where entry.name != record.name {
            try Interruption.check()
            if isMadeAnew(entry.name) {
                if try !data.isInstalled(entry, scratch: scratch) { return entry.name }
                continue
            }
            var hasher = SHA256Hasher()
            try entry.forEachBlock(scratch: scratch) { hasher.update($0) }
            if try !isInstalled(entry.name, hasher.finish()) { return entry.name }
        }
        return nil
    }

    /// Scripts are written anew at their installation, and what is beside them goes elsewhere.
    private func isMadeAnew(_ path: ByteString) -> Bool {
        ByteString(path.bytes.prefix { $0 != UInt8(ascii: "/") }).hasSuffix(".data")
    }

    /// Whether a file has those contents, by RECORD or on the disk.
    ///
    /// - Parameter path: as RECORD has it, relative to the site folder.
    func isInstalled(_ path: ByteString, _ digest: SHA256Digest) throws -> Bool {
        let recorded = hashes[path].map { hash in
            hash.hasPrefix("sha256=") && Base64.url.decode(hash.bytes.dropFirst(7)).map { $0 == digest.bytes } ?? false
        }
        if recorded == true { return true }
        return try onDisk(path)?.sha256() == digest
    }

    /// A file of the environment, by its path relative to the site folder.
    func onDisk(_ path: ByteString) -> FileSlice? {
        let isInside = path.hasPrefix("../") || (try? RelativePath(path)) != nil
        return isInside ? try? File.open(folder.appending(path: path)).slice() : nil
    }

    /// Paths and hashes of a RECORD (PEP 376: CSV of path, hash and size); what has no hash is left out.
    static func hashes(ofRecord text: [UInt8]) -> [ByteString: ByteString] {
        var hashes: [ByteString: ByteString] = [:]
        for line in text.split(separator: 0x0A) {
            let fields = fields(line.last == 0x0D ? line.dropLast() : line)
            if fields.count > 1, !fields[1].isEmpty { hashes[fields[0]] = fields[1] }
        }
        return hashes
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [ByteString] {
        var fields: [[UInt8]] = [[]]
        var isQuoted = false
        for byte in line {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: fields.append([])
            default: fields[fields.count - 1].append(byte)
            }
        }
        return fields.map { ByteString($0) }
    }
}
