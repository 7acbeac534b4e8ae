import Archive
import CondaModel
import LibC
import SelfExtract
import Support

/// A self-extracting pack in the making: the tar is written straight to its place in the final file.
enum ExecutablePack {
    /// The name of a pack nobody named (docs/spec/lock.md#output).
    static func usualName(for platform: Platform) -> ByteString {
        platform.isWindows ? "environment.ps1" : "environment.sh"
    }

    /// - Throws: `Failure` naming the target if it cannot be written.
    static func writer(_ entries: [PackEntry], at path: ByteString, runtime: EmbeddedRuntime) throws -> TarPackWriter {
        let pending = try PendingFile(target: path)
        let form = ExecutableWriter(runtime: runtime, name: path)
        return try writer(entries, to: pending.file, form, folder: pending.target.parentPath) {
            try describing("could not make '\(path)' executable") {
                try Sys.chmod(pending.file.descriptor, mode: mode_t(0o777 & ~ProcessUmask.original))
            }
            try pending.commit()
        }
    }

    /// A pack with an image of the environment in place of its packages.
    static func writer(
        _ entries: [PackEntry], at path: ByteString, runtime: EmbeddedRuntime, image: ExecutableImage,
        reporter: any Reporter
    ) throws -> TarPackWriter {
        let pending = try PendingFile(target: path)
        let folder = pending.target.parentPath
        let packages = try UnlinkedFile.make(in: folder, describedAs: path)
        let form = ExecutableWriter(runtime: runtime, name: path)
        return try TarPackWriter(entries, to: packages, spoolDirectory: folder) { length in
            let pack = FileSlice(file: packages, offset: 0, length: length)
            let (image, archive) = try image.write(pack, to: pending, reporter: reporter)
            let reader = try PackReader.open(archive)
            let contents = try ContentDigest.ofVerified(reader, PackManifest.form(of: reader))
            try describingWriting(of: path) {
                try form.finish(pending.file, archive: archive, contents: contents, image: image)
                try Sys.chmod(pending.file.descriptor, mode: mode_t(0o777 & ~ProcessUmask.original))
            }
            try pending.commit()
        }
    }

    /// A pack that goes to a pipe: its start, which says how long everything is, is known last.
    static func stream(_ entries: [PackEntry], to output: File, runtime: EmbeddedRuntime) throws -> TarPackWriter {
        let folder = ProcessEnvironment.current.temporaryFolder
        let file = try UnlinkedFile.make(in: folder, describedAs: output.path)
        let form = ExecutableWriter(runtime: runtime, name: "-")
        return try writer(entries, to: file, form, folder: folder) {
            try describing("could not write to \(output.path)", remedy: .makeRoom) {
                try file.slice().forEachChunk(size: 1 << 20) { try Sys.writeAll(output.descriptor, $0) }
            }
        }
    }

    private static func writer(
        _ entries: [PackEntry], to file: File, _ form: ExecutableWriter, folder: ByteString,
        completion: @escaping @Sendable () throws -> Void
    ) throws -> TarPackWriter {
        // The script for another system holds the tar as text (base64), so the tar is first made in a file without a name.
        let place = try form.archiveOffset == nil ? UnlinkedFile.make(in: folder, describedAs: file.path) : file
        let offset = form.archiveOffset ?? 0
        return try TarPackWriter(entries, to: place, at: offset, spoolDirectory: folder) { length in
            let archive = FileSlice(file: place, offset: offset, length: length)
            let reader = try PackReader.open(archive)
            let contents = try ContentDigest.ofVerified(reader, PackManifest.form(of: reader))
            try describingWriting(of: file.path) { try form.finish(file, archive: archive, contents: contents) }
            try completion()
        }
    }
}
