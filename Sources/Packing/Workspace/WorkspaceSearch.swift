import Lockfile
import Support

/// Where the workspace is that a person means.
public enum WorkspaceSearch {
    /// What is named; without a name the workspace of the current folder, which is looked for as pixi does: here, then in
    /// the folders above.
    ///
    /// - Returns: a folder, or a file in it. Whether it has a lock file is for `LockFile.locate` to say.
    /// - Throws: `Failure` if what is named is a pack, a package or an address.
    public static func find(_ named: ByteString?, reporter: any Reporter) throws -> ByteString {
        if let named {
            try refuseOther(named)
            return named
        }
        if try isWorkspace(".") { return "." }
        var folder = try Sys.currentDirectory()
        while folder != "/", !folder.isEmpty {
            folder = folder.parentPath
            guard try isWorkspace(folder) else { continue }
            reporter.note("using the workspace above this folder: \(folder)")
            return folder
        }
        return "."
    }

    private static func isWorkspace(_ folder: ByteString) throws -> Bool {
        for name in LockFile.usualNames + ["pixi.toml", "mojoproject.toml", "conda.toml"]
        where try Sys.exists(folder.appending(path: name)) {
            return true
        }
        guard try Sys.exists(folder.appending(path: "pyproject.toml")) else { return false }
        // Without a table of pixi's it says nothing about a workspace; one that cannot be read is named later.
        return ((try? WorkspaceManifest.find(folder)) ?? nil) != nil
    }

    /// Says of what is no workspace what it is, and what it is for.
    private static func refuseOther(_ path: ByteString) throws {
        if WebAddress.isOne(path), (try? Sys.exists(path)) != true {
            throw Failure(
                "'\(path)' is an address, and workspaces are read from this machine",
                remedy: "Get the workspace first (git clone, or its pixi.toml and pixi.lock), then name its folder.")
        }
        if (try? Sys.isDirectory(path)) == true { return }
        if PackOutput.isFileName(path) {
            let isThere = (try? Sys.exists(path)) == true
            throw Failure(
                "'\(path)' is the name of a pack, not of a workspace",
                remedy: isThere
                    ? "Unpack it with: pixi-unpack \(ShellWord.quoted(path)). To write a pack there, put -o in front."
                    : "To write the pack there, put -o in front: -o \(ShellWord.quoted(path)).")
        }
        if path.hasSuffix(".conda") || path.hasSuffix(".whl") {
            throw Failure(
                "'\(path)' is a package, not a workspace",
                remedy: "To add it to the pack, put --inject in front: --inject \(ShellWord.quoted(path)).")
        }
    }
}
