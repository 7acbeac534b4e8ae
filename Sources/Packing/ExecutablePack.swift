import Archive
import SelfExtract
import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A self-extracting pack in the making: the tar is written straight to its place in the final file.
enum ExecutablePack {
    /// - Throws: `Failure` naming the target if it cannot be written.
    static func writer(_ entries: [PackEntry], at path: ByteString, runtime: EmbeddedRuntime) throws -> TarPackWriter {
        let pending = try PendingFile(target: path)
        let form = ExecutableWriter(runtime: runtime, name: path)
        let folder = pending.target.parentPath
        // Text cannot hold the tar, so that one waits in a file without a name.
        let place = try form.archiveOffset == nil ? UnlinkedFile.make(in: folder, describedAs: path) : pending.file
        let offset = form.archiveOffset ?? 0
        return try TarPackWriter(entries, to: place, at: offset, spoolDirectory: folder) { length in
            try complete(pending, form, FileSlice(file: place, offset: offset, length: length))
        }
    }

    private static func complete(_ pending: PendingFile, _ form: ExecutableWriter, _ archive: FileSlice) throws {
        let reader = try PackReader.open(file: archive.file, offset: archive.offset, length: archive.length)
        let contents = try ContentDigest.ofVerified(reader)
        try describing("could not write '\(pending.target)'") {
            try form.finish(pending.file, archive: archive, contents: contents)
            try Sys.chmod(pending.file.descriptor, mode: mode_t(0o777 & ~ProcessUmask.original))
        }
        try pending.commit()
    }
}
