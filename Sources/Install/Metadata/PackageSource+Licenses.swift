import Archive
import Support

extension PackageSource {
    /// The licence texts that the package brings, `info/licenses/…`, without that folder.
    ///
    /// - Throws: `Failure` naming the package if it cannot be read.
    public func licenseTexts(scratch: DecoderScratch) throws -> [(path: RelativePath, bytes: [UInt8])] {
        var texts: [(path: RelativePath, bytes: [UInt8])] = []
        try describing("could not read package '\(fileName)'", remedy: InstallPlan.packageRemedy) {
            try archive().readEntries(.info, scratch: scratch) { entry, reader in
                try Interruption.check()
                let folder: ByteString = "info/licenses/"
                guard entry.kind == .file, entry.path.bytes.hasPrefix(folder) else { return .next }
                let path = try RelativePath(ByteString(entry.path.bytes.bytes.dropFirst(folder.count)))
                texts.append((path, try reader.readAll(limit: 4 << 20)))
                return .next
            }
        }
        return texts
    }
}
