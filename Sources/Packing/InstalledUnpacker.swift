import LibC
import Support

/// This program as a file of its own, for machines that got it inside a self-extracting pack.
public enum InstalledUnpacker {
    /// Copies the running program to `pixi-unpack` in a folder, which is made if it is not there; a file of that name is
    /// replaced when the copy is complete.
    ///
    /// - Returns: where it is.
    public static func put(into folder: ByteString) throws -> ByteString {
        let path = folder.appending(path: "pixi-unpack")
        return try describing(
            "could not put pixi-unpack into '\(folder)'", remedy: "Choose a folder you may write to."
        ) {
            _ = try Sys.makeDirectories(folder)
            let program = try RuntimeSource.ownExecutable()
            let pending = try PendingFile(target: path)
            try program.slice().forEachChunk(size: 1 << 20) { try Sys.writeAll(pending.file.descriptor, $0) }
            try Sys.chmod(pending.file.descriptor, mode: mode_t(0o777 & ~ProcessUmask.original))
            try pending.commit()
            return path
        }
    }
}
