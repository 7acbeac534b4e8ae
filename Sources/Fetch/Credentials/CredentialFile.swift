import LibC
import Support

/// A JSON file of credentials: `--auth-file`, `RATTLER_AUTH_FILE`, `~/.rattler/credentials.json`.
struct CredentialFile: Sendable {
    let path: ByteString
    let entries: [ByteString: Credential]

    /// - Parameter mustExist: whether a missing file is an error; else it counts as empty.
    /// - Throws: `Failure` naming the file, never its contents.
    init(_ path: ByteString, mustExist: Bool) throws {
        self.path = path
        let text: [UInt8]
        do {
            text = try File.openGiven(path).slice().readAll(limit: 16 << 20)
        } catch let error as SystemError where error.code == ENOENT || error.code == ENOTDIR {
            if mustExist {
                throw Failure(
                    "Authentication file does not exist: \"\(path)\"",
                    remedy: "Name a file that 'pixi auth login' has written: --auth-file or RATTLER_AUTH_FILE.")
            }
            entries = [:]
            return
        }
        entries = try describing(
            "failed to parse authentication file '\(path)'",
            remedy: "Write it with 'pixi auth login', or name another one with --auth-file."
        ) {
            guard let members = try JSONDocument(text).root.members else {
                throw Failure("the file must hold one JSON object: host to credential")
            }
            var entries: [ByteString: Credential] = [:]
            for member in members {
                entries[member.name] = try describing("the entry '\(member.name)'") { try Credential(member.value) }
            }
            return entries
        }
    }

    /// Replaces one entry, the others stay as they are written. The file appears whole or not at all, readable for its
    /// owner only.
    static func replace(_ key: ByteString, with json: [UInt8], in path: ByteString) throws {
        let document = try JSONDocument(File.open(path).slice().readAll(limit: 16 << 20))
        var lines: [String] = []
        for member in document.root.members.map(Array.init) ?? [] {
            var writer = JSONWriter()
            writer.value(member.name)
            let value = member.name == key ? String(decoding: json, as: UTF8.self) : member.value.rawText
            lines.append("  \(String(decoding: writer.bytes, as: UTF8.self)): \(value)")
        }
        let text = Array(("{\n" + lines.joined(separator: ",\n") + "\n}\n").utf8)
        let temporary = path + ByteString(".\(getpid()).tmp")
        let descriptor = try Sys.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        do {
            defer { try? Sys.close(descriptor) }
            try text.withUnsafeBytes { try Sys.writeAll(descriptor, $0) }
            try Sys.rename(temporary, to: path)
        } catch {
            try? Sys.unlink(temporary)
            throw error
        }
    }
}
