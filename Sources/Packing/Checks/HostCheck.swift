import CondaModel
import Support

/// Refuses, before anything is written, an environment this machine could not run: one whose packages need a newer C
/// library, a CUDA driver or another processor than it has.
struct HostCheck {
    private let host: HostSystem

    init(_ host: HostSystem = HostSystem()) { self.host = host }

    /// - Throws: `Failure` naming the packages and wheels and what they need.
    func check(_ records: [PackageRecord], wheels: [(fileName: String, name: WheelName)] = []) throws {
        let problems = problems(records) + problems(wheels)
        guard let first = problems.first else { return }
        let remedy: Message = """
            Unpack on a machine that has it, or install all the same with --no-host-check. CONDA_OVERRIDE_GLIBC, \
            CONDA_OVERRIDE_CUDA and CONDA_OVERRIDE_ARCHSPEC say what to assume of the machine.
            """
        if problems.count == 1 {
            throw Failure("this machine does not fit the pack: \(first)", remedy: remedy, kind: .hostCheck)
        }
        throw Failure(
            "this machine does not fit the pack:\n  " + problems.prefix(8).joined(separator: "\n  ")
                + (problems.count > 8 ? "\n  and \(problems.count - 8) more" : ""), remedy: remedy, kind: .hostCheck)
    }

    /// Says where the machine has less than the solver of the lock file assumed; packages may do with less.
    ///
    /// - Parameter virtualPackages: as the lock file writes them, `__glibc=2.28`.
    func warn(_ virtualPackages: [String], _ reporter: any Reporter) {
        for text in virtualPackages {
            let parts = text.split(separator: "=", omittingEmptySubsequences: true).map(String.init)
            guard let name = parts.first, HostSystem.names.contains(name) else { continue }
            let isLess: Bool
            let offer = host.offer(name)
            switch offer {
            case .unknown: continue
            case .absent: isLess = true
            case .any(let records):
                if name == "__archspec" {
                    guard let build = parts.last, parts.count > 1, build.hasPrefix("x86_64") else { continue }
                    isLess = !records.contains { $0.build == build }
                } else {
                    guard parts.count > 1, let wanted = try? CondaVersion(parts[1]),
                        let had = try? CondaVersion(records.last?.version ?? "")
                    else { continue }
                    isLess = had < wanted
                }
            }
            if isLess {
                reporter.warn(
                    "the environment was solved for a machine with \(text), this one has "
                        + "\(HostSystem.text(offer, of: name))")
            }
        }
    }

    /// Wheels that need a newer C library, by their tags (PEP 600).
    private func problems(_ wheels: [(fileName: String, name: WheelName)]) -> [Message] {
        let needs = wheels.compactMap { wheel in
            WheelTags.glibc(neededBy: wheel.name, on: .current).map { (fileName: wheel.fileName, glibc: $0) }
        }
        if needs.isEmpty { return [] }
        let offer = host.offer("__glibc")
        return needs.compactMap { need in
            switch offer {
            case .unknown: return nil
            case .absent: break
            case .any(let records):
                guard let had = records.last.flatMap({ WheelTags.Release($0.version) }), had < need.glibc else {
                    return nil
                }
            }
            return
                "wheel '\(need.fileName)' needs glibc \(need.glibc), this machine has "
                + "\(HostSystem.text(offer, of: "__glibc"))"
        }
    }

    private func problems(_ records: [PackageRecord]) -> [Message] {
        var offers: [CondaName: HostSystem.Offer] = [:]
        var problems: [Message] = []
        for record in records {
            for (text, isNeeded) in record.depends.map({ ($0, true) }) + record.constrains.map({ ($0, false) })
            where text.hasPrefix("__") {
                // A requirement that cannot be read, or may not apply, is no reason to refuse an environment that would work.
                guard let spec = try? MatchSpec(text), spec.condition == nil, HostSystem.names.contains(spec.name.text)
                else { continue }
                let offer = offers[spec.name] ?? host.offer(spec.name.text)
                offers[spec.name] = offer
                if HostCheck.satisfies(spec, offer, isNeeded: isNeeded) { continue }
                problems.append(
                    "package '\(record.name) \(record.version)' needs \(text), this machine has "
                        + "\(HostSystem.text(offer, of: spec.name.text))")
            }
        }
        return problems
    }

    private static let levels = ["x86_64", "x86_64_v2", "x86_64_v3", "x86_64_v4"]

    private static func satisfies(_ spec: MatchSpec, _ offer: HostSystem.Offer, isNeeded: Bool) -> Bool {
        switch offer {
        case .unknown: return true
        case .absent: return !isNeeded
        case .any(let records):
            if records.contains(where: { (try? spec.matches($0)) ?? true }) { return true }
            // A model, not a level: only a level above the machine's is known to be too much.
            guard spec.name == "__archspec", var record = records.first else { return false }
            return !levels.contains { level in
                record.build = level
                return (try? spec.matches(record)) ?? false
            }
        }
    }
}
