import CondaModel
import Support

/// The conda packages that a manifest asks for, as conda writes them: `python >=3.12,<3.13`.
enum RequestedSpecs {
    private static let tables = ["dependencies", "host-dependencies", "build-dependencies"]

    /// - Parameters:
    ///   - root: the manifest.
    ///   - records: what was locked. Others are not asked for.
    /// - Returns: one spec for each package, sorted by name.
    static func of(
        _ environment: String, _ platform: Platform, in root: JSONValue, among records: [PackageRecord]
    ) -> [String] {
        let locked = Set(records.map(\.name))
        var specs: [CondaName: String] = [:]
        for feature in WorkspaceFeatures.features(of: environment, in: root) {
            for table in WorkspaceFeatures.targets(of: feature, platform) {
                for member in tables.flatMap({ WorkspaceFeatures.member($0, of: table)?.members.map(Array.init) ?? [] })
                {
                    guard let name = (try? CondaName(member.name.lossyString))?.lowercased, locked.contains(name),
                        specs[name] == nil
                    else { continue }
                    let version = member.value.string ?? member.value.present("version")?.string ?? "*"
                    specs[name] = spec(name.text, version)
                }
            }
        }
        return specs.keys.sorted().compactMap { specs[$0] }
    }

    private static func spec(_ name: String, _ version: String) -> String {
        let version = version.filter { $0 != " " }
        if version.isEmpty || version == "*" { return name }
        return "\(name) \(version)"
    }
}
