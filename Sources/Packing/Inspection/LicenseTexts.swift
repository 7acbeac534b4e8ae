import Archive
import CondaModel
import Install
import Support

extension PackInventory {
    /// Writes the licence texts that the packages of a pack bring, `DIR/NAME-VERSION-BUILD/…`.
    ///
    /// - Returns: how many, and which packages have none.
    /// - Throws: `Failure` naming what cannot be read or written.
    public func writeLicenses(
        of pack: PackReader, environment: String?, to folder: ByteString
    ) throws -> (texts: Int, without: [String]) {
        var written = 0
        var without: [String] = []
        var done: Set<RelativePath> = []
        let scratch = DecoderScratch()
        for plain in try Bundle.all(in: pack, environment: environment).map(\.reader) {
            for entry in try PackIndex.entries(of: plain) {
                guard done.insert(entry.path).inserted, let member = plain[entry.path] else { continue }
                let source = try PackageSource(record: entry.record, fileName: entry.fileName, member: member)
                let texts = try source.licenseTexts(scratch: scratch)
                try write(texts, below: folder.appending(path: ByteString(source.identity)))
                written += texts.count
                if texts.isEmpty { without.append(entry.record.name.text) }
            }
            for member in plain.members where member.name.parent?.bytes == "pypi" && member.name.bytes.hasSuffix(".whl")
            {
                guard done.insert(member.name).inserted else { continue }
                let texts = try LicenseTexts.ofWheel(member.open(), scratch: scratch)
                let name = member.name.lastComponent
                try write(texts, below: folder.appending(path: ByteString(name.bytes.dropLast(4))))
                written += texts.count
                if texts.isEmpty { without.append(name.lossyString) }
            }
        }
        return (written, without)
    }

    private func write(_ texts: [(path: RelativePath, bytes: [UInt8])], below folder: ByteString) throws {
        for text in texts {
            try Interruption.check()
            let path = folder.appending(path: text.path.bytes)
            try describing("could not write the licence '\(path)'", remedy: "Choose another folder.") {
                _ = try Sys.makeDirectories(path.parentPath)
                try WholeFile.write(text.bytes, to: path, umask: ProcessUmask.original)
            }
        }
    }
}

/// Licence texts in wheels (PEP 639, and what tools did before).
enum LicenseTexts {
    private static let names = ["license", "licence", "copying", "notice", "authors"]
    /// No text is longer.
    private static let limit: Int64 = 4 << 20

    static func ofWheel(_ wheel: FileSlice, scratch: DecoderScratch) throws -> [(path: RelativePath, bytes: [UInt8])] {
        try ZipReader(wheel).entries.compactMap { entry in
            guard !entry.isDirectory, entry.size <= limit else { return nil }
            let path = try RelativePath(entry.name)
            let parts = path.components
            guard parts.count > 1, parts[0].hasSuffix(".dist-info") else { return nil }
            let name = path.lastComponent.lossyString.lowercased()
            let isText =
                parts[1] == "licenses" && parts.count > 2 || parts.count == 2 && names.contains { name.hasPrefix($0) }
            guard isText else { return nil }
            return (path, try entry.contents(scratch: scratch))
        }
    }
}
