import CondaModel
import Support

/// Where the program for another platform lies that nobody named: a file called `pixi-unpack-PLATFORM`, as releases have it.
struct RuntimeSearch: Sendable, Equatable {
    /// In this order.
    var folders: [ByteString]

    /// `$PIXI_PACK_RUNTIME_DIR`, the folder of this program, and `lib/pixi-pack` beside that folder, where `make install`, the
    /// packages and the archive of a release put it.
    static var usual: RuntimeSearch {
        let named = environmentValue("PIXI_PACK_RUNTIME_DIR").flatMap { $0.isEmpty ? nil : $0 }
        return RuntimeSearch(folders: [named].compactMap { $0 } + (ownPath.map(folders(beside:)) ?? []))
    }

    static func folders(beside program: ByteString) -> [ByteString] {
        let folder = program.parentPath
        return [folder, folder.parentPath.appending(path: "lib/pixi-pack")]
    }

    static func name(for platform: Platform) -> ByteString { ByteString("pixi-unpack-\(platform.rawValue)") }

    /// This program's own file: where links end.
    private static var ownPath: ByteString? { try? Sys.readlink("/proc/self/exe") }

    /// The first one that is there, compared with the list of hashes that lies beside it.
    ///
    /// - Throws: `Failure` if there is none, or another one than the list says.
    func program(for platform: Platform, limit: Int64) throws -> (bytes: [UInt8], title: String) {
        let name = RuntimeSearch.name(for: platform)
        var listed: SHA256Digest?
        for folder in folders {
            let digest = RuntimeSearch.listedDigest(of: name, in: folder)
            listed = listed ?? digest
            let path = folder.appending(path: name)
            guard try Sys.exists(path) else { continue }
            let bytes = try describing(
                "could not read the pixi-unpack to embed", remedy: "Name a pixi-unpack with --pixi-unpack-source."
            ) {
                try File.open(path).slice().readAll(limit: limit)
            }
            let found = SHA256Hasher.hash(bytes)
            if let digest, digest != found {
                throw Failure(
                    "'\(path)' is not the program that the list beside it names: expected sha256 \(digest.hex), found \(found.hex)",
                    remedy: "Get the program again, of the release of this pixi-pack.", kind: .integrity)
            }
            return (bytes, path.lossyString)
        }
        throw Failure(
            "this pixi-pack runs on \(Platform.current.rawValue), the pack is for \(platform.rawValue)",
            remedy: remedy(platform, listed))
    }

    private func remedy(_ platform: Platform, _ listed: SHA256Digest?) -> Message {
        let source: Message = "Name a pixi-unpack for \(platform.rawValue) with --pixi-unpack-source PATH or URL"
        // There are releases for these two.
        guard [.linux64, .linuxAarch64].contains(platform) else { return source + "." }
        let hash: Message = listed.map { " (sha256 \($0.hex))" } ?? ", compare it with the release's SHA256SUMS,"
        return source + ", or download \(RuntimeSearch.name(for: platform)) of the release of this pixi-pack\(hash)"
            + " and put it beside this program or into the folder that PIXI_PACK_RUNTIME_DIR names."
    }

    /// What the list `SHA256SUMS` of a folder says of a program: lines as `sha256sum` prints them.
    private static func listedDigest(of name: ByteString, in folder: ByteString) -> SHA256Digest? {
        guard let list = try? File.open(folder.appending(path: "SHA256SUMS")).slice().readAll(limit: 1 << 20) else {
            return nil
        }
        for line in list.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "*") })
            if words.count == 2, words[1].elementsEqual(name.bytes) {
                return SHA256Digest(hex: String(decoding: words[0], as: UTF8.self))
            }
        }
        return nil
    }
}
