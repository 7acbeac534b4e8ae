import Archive
import CondaModel
import Inventory
import Support

/// What a delta pack builds on: the packages of its set that it does not bring (docs/format.md).
struct DeltaBase {
    /// Splits a set into what a base has and what it lacks.
    ///
    /// - Throws: `Failure` if the base is for another platform.
    static func split(
        _ items: [PackPlan.Item], conda: [PackageRecord], base: Inventory, platform: Platform
    ) throws -> (own: [PackPlan.Item], required: [PackContents.Requirement]) {
        guard base.platform == platform else {
            throw Failure(
                "the base is for \(base.platform.rawValue), the pack for \(platform.rawValue)",
                remedy: "Name a base for \(platform.rawValue), or the platform with --platform.")
        }
        var there: [RelativePath: Inventory.Item] = [:]
        for item in base.items { there[item.path] = item }
        let python = conda.python?.version
        let keepsPython = Inventory.isSamePythonLine(base.python, python)
        var own: [PackPlan.Item] = []
        var required: [PackContents.Requirement] = []
        for (place, item) in items.enumerated() {
            // Conda packages come first, in the order of their records.
            let record = conda.indices.contains(place) ? conda[place] : nil
            let isBound = record.map { $0.noarch == .python } ?? true
            let sha256 = record.map(\.sha256) ?? item.source.sha256
            guard let old = there[item.path], old.isFile(item.path, sha256: sha256, md5: record?.md5),
                keepsPython || !isBound
            else {
                own.append(item)
                continue
            }
            var requirement = PackContents.Requirement(
                path: item.path, sha256: item.source.sha256 ?? old.sha256, size: item.size ?? old.size)
            (requirement.url, requirement.channel) = (item.published?.url, item.published?.channel)
            requirement.direct = item.direct
            required.append(requirement)
        }
        return (own, required.sorted { $0.path < $1.path })
    }

    /// A delta together with the packages of its base: a whole pack.
    ///
    /// - Throws: `Failure` naming what the base lacks too.
    static func complete(
        _ delta: PackReader, _ required: [PackContents.Requirement], from base: PackReader
    ) throws -> PackReader {
        var selection = delta.members.map { (member: $0, name: $0.name) }
        var missing: [String] = []
        for requirement in required where delta[requirement.path] == nil {
            guard let member = base[requirement.path], requirement.size.map({ $0 == member.size }) ?? true else {
                missing.append(requirement.path.lastComponent.lossyString)
                continue
            }
            selection.append((member, requirement.path))
        }
        if missing.isEmpty { return delta.selecting(selection) }
        throw Failure(
            "'\(base.path)' is not the base of '\(delta.path)': it lacks \(list(missing))",
            remedy: "Name the pack it was made from.")
    }

    /// File names for a message: a few, or some of many.
    static func list(_ names: [String]) -> Message {
        let sorted = names.sorted { ByteString($0) < ByteString($1) }
        guard sorted.count > 4 else { return sorted.listed() }
        return "\(Array(sorted.prefix(3)).listed()) and \(sorted.count - 3) more"
    }
}
