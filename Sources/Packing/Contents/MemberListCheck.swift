import Archive
import Support

/// Compares a pack with the list of its own members.
public struct MemberListCheck: Sendable {
    private let contents: PackContents
    private let digests: [RelativePath: SHA256Digest]

    public init(_ contents: PackContents) {
        self.contents = contents
        var digests: [RelativePath: SHA256Digest] = Dictionary(minimumCapacity: contents.members.count)
        for file in contents.required ?? [] { if let digest = file.sha256 { digests[file.path] = digest } }
        for file in contents.members { digests[file.path] = file.sha256 }
        self.digests = digests
    }

    /// Checks that all members are there, have their size, and that there is no other wheel: whatever lies in `pypi` is
    /// installed. Other files may have been there before a pack was written into a folder. Reads no contents.
    ///
    /// - Throws: `Failure` naming the member.
    public func checkSizes(_ pack: PackReader) throws {
        var expected: [RelativePath: Int64] = [:]
        // A delta pack that was completed by its base.
        for file in contents.required ?? [] {
            if let member = pack[file.path] { expected[file.path] = file.size ?? member.size }
        }
        for member in contents.members { expected[member.path] = member.size }
        for member in pack.members {
            guard let size = expected.removeValue(forKey: member.name) else {
                guard member.name.parent?.bytes == "pypi" else { continue }
                throw damaged("'\(member.name)' is in the pack, but not in its list of files")
            }
            guard size == member.size else {
                throw damaged("'\(member.name)' has \(member.size) bytes, the pack's list of files says \(size)")
            }
        }
        if let missing = expected.keys.min() { throw damaged("'\(missing)' is missing in the pack") }
    }

    /// Checks the hash of one member's content.
    ///
    /// - Throws: `Failure` naming the member.
    public func checkHash(of member: PackMember) throws {
        guard let expected = digests[member.name] else { return }
        try Interruption.check()
        let found = try member.sha256()
        guard found == expected else {
            throw damaged("'\(member.name)' has the SHA-256 \(found.hex), the pack says \(expected.hex)")
        }
    }

    /// Says what the environment lacks.
    public func warnOfLeftOut(_ reporter: any Reporter) {
        for entry in contents.leftOut {
            reporter.warn("'\(entry.name)' is not in this pack (\(entry.reason)): \(entry.source)")
        }
    }

    private func damaged(_ reason: Message) -> Failure {
        Failure("the pack is damaged: \(reason)", remedy: .getPackAgain, kind: .integrity)
    }
}
