import LibC
import Support

/// The folder of a workspace, whose manifest was perhaps written by a stranger: no file that it names is packed unless it
/// lies in the folder.
struct WorkspaceFolder {
    let path: ByteString

    init(_ path: ByteString) { self.path = path }

    /// Opens a regular file of the folder, links resolved.
    ///
    /// - Parameters:
    ///   - name: as the manifest has it.
    ///   - kind: what the file is for a person, `activation script`.
    ///   - endings: what its name, and that of the file it may be a link to, must end with.
    /// - Returns: nil if there is none.
    /// - Throws: `Failure` if it lies elsewhere, is of another kind or no regular file.
    func open(_ name: ByteString, as kind: String, endings: [ByteString]) throws -> File? {
        let full = path.appending(path: name)
        let folder = try Sys.realPath(path)
        let target: ByteString
        do throws(SystemError) {
            target = try Sys.realPath(full)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
        func refuse(_ reason: Message) -> Failure {
            Failure(
                "the \(kind) '\(name)' of the manifest is not packed: \(reason)",
                remedy: "Keep the file in the workspace's folder, or remove it from the manifest.")
        }
        let isInside = folder == "/" || target.hasPrefix(folder + "/")
        guard isInside else { throw refuse("it lies outside of the workspace, at '\(target)'") }
        guard endings.contains(where: { name.hasSuffix($0) }), endings.contains(where: { target.hasSuffix($0) }) else {
            let list = endings.map(\.lossyString).joined(separator: ", ")
            throw refuse("neither it nor what it is a link to may be called other than \(list)")
        }
        // Without waiting for whoever writes to a pipe, and without another link in the last place.
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
        let descriptor = try describing(
            "could not read the \(kind) '\(full)'",
            remedy: "Make it readable, or remove it from the manifest."
        ) { try Sys.open(target, flags) }
        let file = File(descriptor: descriptor, path: full)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw refuse("it is no regular file") }
        return file
    }
}
