import Support

/// What people name as a pack though it is something else; each says what to do instead.
enum NoPack {
    /// - Throws: `Failure` if the path, its name alone or what is there, is known to be something else.
    static func refuse(_ path: ByteString) throws {
        let isThere = (try? Sys.exists(path)) == true
        if WebAddress.isOne(path), !isThere {
            throw Failure(
                "'\(path)' is an address of a kind that packs are not read from",
                remedy:
                    "Download it first; or 'curl -fL \(ShellWord.quoted(path)) | pixi-unpack -' reads it from a pipe.")
        }
        guard isThere else { return }
        if try Sys.isDirectory(path) {
            let names: [ByteString] = ["pixi.lock", "pixi.toml"]
            guard try !Sys.exists(path.appending(path: "pixi-pack.json")),
                let found = try names.first(where: { try Sys.exists(path.appending(path: $0)) })
            else { return }
            throw Failure(
                "'\(path)' is the folder of a workspace (it has \(found)), not a pack",
                remedy: "Pack it first, with 'pixi-pack \(ShellWord.quoted(path))'.")
        }
        let name = path.lastPathComponent
        if ["pixi.toml", "pyproject.toml", "pixi.lock", "mojoproject.toml"].contains(name) {
            throw Failure(
                "'\(path)' belongs to a workspace, it is not a pack",
                remedy: "Pack the workspace first: pixi-pack \(ShellWord.quoted(path)).")
        }
        if name.hasSuffix(".conda") || name.hasSuffix(".whl") {
            throw Failure(
                "'\(path)' is a single package, not a pack",
                remedy: "Add it to a pack: pixi-pack --inject \(ShellWord.quoted(path)).")
        }
    }

    /// - Throws: `Failure` if a file begins as a pointer of git-lfs or as a web page.
    static func refuse(content file: FileSlice, _ path: ByteString) throws {
        let count = Int(min(file.length, 64))
        guard count > 0, let head = try? file.part(offset: 0, length: Int64(count)).readAll() else { return }
        if head.starts(with: Array("version https://git-lfs.github.com/spec/".utf8)) {
            throw Failure(
                "'\(path)' is a pointer of git-lfs, the pack itself is not here", remedy: "Get it with: git lfs pull.")
        }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let start = text.drop { $0.isWhitespace }
        if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
            throw Failure(
                "'\(path)' is a web page, not a pack",
                remedy: "Download the pack again; a server that wants a login often answers with a page instead.")
        }
    }
}
