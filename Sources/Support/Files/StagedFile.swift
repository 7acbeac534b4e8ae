import LibC

/// A small file that is written completely under a hidden name beside its path, before anything else is changed. What
/// is left to do, or to undo, is a rename.
public final class StagedFile {
    /// Where the file will be.
    let path: ByteString
    private let temporary: ByteString
    /// Holds the lock that tells other processes that this file is in use.
    private let file: File
    private var hasAppeared = false
    /// Whether the hidden name now belongs to what was at the path before.
    private var keepsPrevious = false

    /// Writes the file, with mode 0666 without the bits of `umask`. Removes what killed runs left of it.
    ///
    /// - Throws: `Failure` naming the path.
    public init(_ bytes: [UInt8], for path: ByteString, umask: UInt32) throws {
        self.path = path
        (file, temporary) = try describingWriting(of: path) {
            let (name, folder) = (path.lastPathComponent, path.parentPath)
            HiddenTemporary.sweep(name, in: folder)
            let (descriptor, temporary) = try HiddenTemporary.file(for: name, in: folder, mode: 0o666 & ~umask)
            let file = File(descriptor: descriptor, path: temporary)
            do {
                try bytes.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0) }
                try Sys.reportDelayedErrors(file.descriptor)
            } catch {
                RemoveTree.discard(temporary)
                throw error
            }
            return (file, temporary)
        }
    }

    /// Gives all files their names, or none of them.
    ///
    /// - Throws: `Failure` naming the path that could not be replaced; all paths then have what they had before.
    public static func appear(_ files: [StagedFile]) throws {
        do {
            for file in files { try file.appear(keepingPrevious: true) }
        } catch {
            for file in files { file.takeBack() }
            throw error
        }
    }

    /// Gives the file its name (`renameat2(2)` or `rename(2)`), replacing what was there before.
    func appear(keepingPrevious: Bool) throws {
        try describingWriting(of: path) {
            if keepingPrevious, (try? Sys.rename(temporary, to: path, how: .exchanging)) != nil {
                keepsPrevious = true
            } else {
                try Sys.rename(temporary, to: path)
            }
            hasAppeared = true
        }
    }

    /// Puts back what was there. Where the file system cannot exchange two names, only an empty place can be put back.
    private func takeBack() {
        guard hasAppeared else { return }
        if keepsPrevious {
            try? Sys.rename(temporary, to: path, how: .exchanging)
        } else {
            RemoveTree.discard(path)
        }
    }

    deinit { RemoveTree.discard(temporary) }
}
