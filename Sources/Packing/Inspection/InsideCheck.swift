import Archive
import Install
import Support

/// Looks into packages: compares their files with the lists they bring themselves.
struct InsideCheck: Sendable {
    private let sources: [RelativePath: PackageSource]
    private let isDeep: Bool

    /// - Parameter isDeep: looks into everything; otherwise only into wheels that nothing else gives a hash for.
    init(_ pack: PackReader, isDeep: Bool) throws {
        self.isDeep = isDeep
        var sources: [RelativePath: PackageSource] = [:]
        if isDeep {
            for plain in try Bundle.all(in: pack) {
                for entry in try PackIndex.entries(of: plain) {
                    guard let member = plain[entry.path] else { continue }
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

    /// - Parameter isKnown: whether something else has vouched for the file.
    /// - Returns: nil if nothing is wrong, or nothing was looked at.
    func problems(of member: PackMember, isKnown: Bool, scratch: DecoderScratch) -> [String]? {
        do {
            var problems: [String] = []
            if InsideCheck.isWheel(member) {
                if isKnown && !isDeep { return nil }
                problems = try WheelContentsCheck.problems(in: member.open(), scratch: scratch)
            } else if let source = sources[member.name] {
                problems = try PackageContentsCheck.problems(in: source, scratch: scratch)
            }
            return problems.isEmpty ? nil : problems
        } catch {
            return ["\(error)"]
        }
    }
}
