import Support

/// The paths that wheels and entry points take from each other and from conda packages.
public enum WheelConflicts {
    /// Sorted by path. Two files of the same wheel or package are not a conflict.
    public static func find(_ plan: InstallPlan, _ wheels: [WheelPlan]) -> [InstallPlan.Conflict] {
        var losers: [PrefixPath: [String]] = [:]
        for package in plan.packages {
            let name = package.source.record.name.text
            for index in package.paths.overriddenIndices where package.paths.paths.kind(index) != .directory {
                losers[package.paths.target(index), default: []].append(name)
            }
            for entryPoint in package.entryPoints where entryPoint.isOverridden {
                losers[entryPoint.target, default: []].append(name)
            }
        }
        for wheel in wheels {
            for file in wheel.files where file.isReplaced {
                losers[PrefixPath(file.target), default: []].append(wheel.fileName)
            }
        }
        if losers.isEmpty { return [] }
        var winners: [PrefixPath: String] = [:]
        for package in plan.packages {
            for entryPoint in package.entryPoints where !entryPoint.isOverridden {
                winners[entryPoint.target] = package.source.record.name.text
            }
        }
        for wheel in wheels { for path in wheel.targets { winners[PrefixPath(path)] = wheel.fileName } }
        return losers.keys.sorted().compactMap { path in
            guard let winner = winners[path] else { return nil }
            var seen: Set<String> = [winner]
            let others = (losers[path] ?? []).filter { seen.insert($0).inserted }
            return others.isEmpty ? nil : InstallPlan.Conflict(path: path, winner: winner, losers: others)
        }
    }
}
