import Archive
import Support

extension PackMember {
    /// How many bytes a text of a pack may have that describes the pack: room for tens of thousands of packages, and no
    /// more memory to read it than a small machine has (docs/security.md).
    static let documentLimit: Int64 = 16 << 20

    /// The bytes of a text that describes the pack: pixi-pack.json, repodata.json, environment.yml.
    ///
    /// - Throws: `Failure` if it is larger than any real one.
    func document() throws -> [UInt8] {
        guard size <= PackMember.documentLimit else {
            throw Failure("it has \(size) bytes, more than \(PackMember.documentLimit >> 20) MB")
        }
        return try open().readAll(limit: PackMember.documentLimit)
    }
}
