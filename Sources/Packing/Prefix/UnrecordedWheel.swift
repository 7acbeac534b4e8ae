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

    /// What is recorded if it cannot be packed.
    var leftOut: PackContents.LeftOut {
        .init(
            name: name.text, source: "\(name) \(version)",
            reason: "the environment does not tell where its wheel is, or it is not there any more")
    }

    /// A file of `wheel` that is not what was installed; nil if this is the wheel.
    func difference(from wheel: FileSlice) throws -> ByteString? {
        let records = try ZipReader(wheel).entries.filter { $0.name.hasSuffix(".dist-info/RECORD") }
        guard let record = records.first, records.count == 1 else { return "RECORD" }
        let found = UnrecordedWheel.hashes(ofRecord: try record.contents(scratch: DecoderScratch()))
        // Scripts are written anew at their installation.
        return found.filter { entry in
            let top = entry.key.bytes.prefix { $0 != UInt8(ascii: "/") }
            return !ByteString(top).hasSuffix(".data") && hashes[entry.key] != entry.value
        }.keys.min()
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
