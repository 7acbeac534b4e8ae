import Archive
import Install
import Support

/// Looks into packages: compares their files with the lists they bring themselves.
struct DeepCheck: Sendable {
    private let sources: [RelativePath: PackageSource]
    private let isDeep: Bool

    /// - Parameter isDeep: looks into everything; otherwise only into wheels that nothing else gives a hash for.
    init(_ pack: PackReader, isDeep: Bool) throws {
        self.isDeep = isDeep
        var sources: [RelativePath: PackageSource] = [:]
        if isDeep {
            for plain in try Bundle.all(in: pack) {
                for entry in try PackIndex.entries(of: plain.reader) {
                    guard let member = plain.reader[entry.path] else { continue }
                    sources[entry.path] = try PackageSource(
                        record: entry.record, fileName: entry.fileName, member: member)
                }
            }
        }
        self.sources = sources
    }

    static func isWheel(_ member: PackMember) -> Bool {
        member.name.parent?.bytes == "pypi" && member.name.bytes.hasSuffix(".whl")
    }

    /// What is wrong, a line each.
    ///
    /// - Parameter isKnown: whether something else has vouched for the file.
    /// - Throws: `Failure` if it cannot be read; its `isOverLimit` tells that it is only too large.
    func problems(of member: PackMember, isKnown: Bool, scratch: DecoderScratch) throws -> [Message] {
        if DeepCheck.isWheel(member) {
            if isKnown && !isDeep { return [] }
            return try WheelRecordCheck.problems(in: member.open(), scratch: scratch)
        }
        return try sources[member.name].map { try PathsJSONCheck.problems(in: $0, scratch: scratch) } ?? []
    }
}
