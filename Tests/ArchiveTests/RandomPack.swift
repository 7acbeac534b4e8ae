import Archive
import Support

/// The files of a pack, with contents that differ from seed to seed.
enum RandomPack {
    /// Names and contents, of 3000 bytes at most, in the order of a tar.
    static func files(_ random: inout some RandomNumberGenerator) -> [(String, [UInt8])] {
        let names = [
            "channel/linux-64/a-1-0.conda", "channel/linux-64/b-1-0.conda", "channel/linux-64/repodata.json",
            "channel/linux-64/z-1-0.tar.bz2", "channel/noarch/c-1-0.conda", "channel/noarch/repodata.json",
            "environment.yml", "pixi-pack.json", "pypi/one.whl", "pypi/two.whl",
        ]
        return names.map { name in
            let size = Int.random(in: 0...3000, using: &random)
            return (name, (0..<size).map { _ in UInt8.random(in: 1...255, using: &random) })
        }
    }
}

extension PackSlot {
    /// Writes the whole content in pieces, the last of which may be shorter, and completes the file.
    func fill(_ contents: [UInt8], piece: Int = 700) throws {
        for start in stride(from: 0, to: contents.count, by: piece) {
            try contents[start..<min(start + piece, contents.count)].withUnsafeBytes {
                try write($0, at: Int64(start))
            }
        }
        try finish(size: Int64(contents.count))
    }
}
