import CondaModel
import Support

/// Whether the conda packages of an environment have what they depend on (docs/spec/lock.md#validation).
///
/// Asked only if a package was injected or built: a lock file's own packages are taken as they are.
public struct EnvironmentValidation {
    private let records: [PackageRecord]
    private let byName: [CondaName: [Int]]

    /// - Parameter records: lock packages, built ones, injected ones, in this order.
    public init(_ records: [PackageRecord]) {
        self.records = records
        var byName: [CondaName: [Int]] = [:]
        for (index, record) in records.enumerated() {
            byName[record.name.lowercased, default: []].append(index)
        }
        self.byName = byName
    }

    /// All violations in the order of records and their lists, each in the original's words.
    public var problems: [Message] {
        records.flatMap { record in
            record.depends.compactMap { problem(record, dependency: $0) }
                + record.constrains.compactMap { problem(record, constraint: $0) }
        }
    }

    /// - Throws: `Failure` listing all violations; a single one is its whole message.
    public func check() throws {
        let problems = problems
        guard let first = problems.first else { return }
        let remedy: Message =
            "Inject what is missing too (--inject), or add it to the workspace and update the lock file (pixi lock)."
        if problems.count == 1 { throw Failure(first, remedy: remedy) }
        throw Failure(
            "the environment has \(problems.count) unmet dependencies:\n  "
                + problems.listed(separator: "\n  "), remedy: remedy)
    }

    private func problem(_ record: PackageRecord, dependency: String) -> Message? {
        // Virtual packages are of the system; the original looks at the raw text.
        if dependency.hasPrefix("__") { return nil }
        do {
            let spec = try MatchSpec(dependency)
            // Whether a conditional dependency applies cannot be decided here, so it is not checked.
            if spec.condition != nil { return nil }
            for index in byName[spec.name] ?? [] where try spec.matches(records[index]) { return nil }
        } catch {
            return "\(error)"
        }
        return "package '\(EnvironmentValidation.title(record))' has dependency '\(dependency)', "
            + "which is not in the environment"
    }

    private func problem(_ record: PackageRecord, constraint: String) -> Message? {
        do {
            let spec = try MatchSpec(constraint)
            guard spec.condition == nil, let index = byName[spec.name]?.first else { return nil }
            if try spec.matches(records[index]) { return nil }
            return "package '\(EnvironmentValidation.title(record))' has constraint '\(constraint)', "
                + "which is not satisfied by '\(EnvironmentValidation.title(records[index]))' in the environment"
        } catch {
            return "\(error)"
        }
    }

    /// `name=version=build`, or `name version` without a build.
    private static func title(_ record: PackageRecord) -> String {
        record.build.isEmpty
            ? "\(record.name) \(record.version)" : "\(record.name)=\(record.version)=\(record.build)"
    }
}
