import CondaModel
import Support

@testable import Fetch
@testable import Install
@testable import Lockfile

/// All targets by the names of their folders in `Tests/Fuzz/Seeds`.
let fuzzTargets: [String: any FuzzTarget] = [
    textTargets, containerTargets, packTargets, networkTargets, differentialTargets, imageTargets,
].reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }

private func text(_ input: some Sequence<UInt8>) -> String { String(decoding: Array(input), as: UTF8.self) }

/// What is before the first line feed, and what is behind it.
private func halves(_ input: [UInt8]) -> (String, String) {
    let end = input.firstIndex(of: 0x0A) ?? input.endIndex
    return (text(input[..<end]), text(input[end...].dropFirst()))
}

/// Readers of text.
private let textTargets: [String: any FuzzTarget] = [
    "lock": Reading { input in
        let lock = try LockFile(input)
        for name in lock.environmentNames {
            guard let environment = try? lock.environment(named: name) else { continue }
            for platform in environment.platforms { _ = try? lock.packages(environment: name, platform: platform.name) }
        }
    },
    "match-spec": Reading { input in
        let (spec, version) = halves(input)
        let match = try MatchSpec(spec)
        _ = try match.matches(
            PackageRecord(name: "numpy", version: version.isEmpty ? "1.0" : version, build: "0", subdir: "linux-64"))
    },
    "version": Reading { input in
        let (first, second) = halves(input)
        if let version = try? CondaVersion(first) {
            require(version == version, "a version equals itself")
            if let other = try? CondaVersion(second) {
                require((version < other) != (other <= version), "versions have one order")
            }
            if let spec = try? VersionSpec(second) { _ = spec.matches(version) }
        }
        if let version = try? PEP440Version(first), let other = try? PEP440Version(second) {
            require((version < other) != (other <= version), "versions have one order")
        }
        if let requirement = try? PEP508Requirement(first) { _ = requirement.name }
        if let url = try? WebURL(first) {
            require((try? WebURL(url.text)) != nil, "the normal form of a URL is a URL")
        }
        _ = try? PackageURL(first)
        _ = try? WheelName(first)
    },
    "record": Reading { input in
        let rendered = try WheelRecord(parsing: input).rendered()
        require(try WheelRecord(parsing: rendered).rendered() == rendered, "what is written can be read")
    },
    "entry-points": Reading { input in
        _ = try? WheelEntryPoints(input, pythonMinor: 12)
        _ = try? EntryPoint(condaText: ByteString(input))
    },
    "config": Reading { input in
        var reader = ConfigurationReader(origin: "config.toml")
        try reader.read(input)
    },
    "netrc": Reading { input in
        _ = INIFile(input)
        _ = try Netrc(input, path: "netrc")
    },
    "package-metadata": Reading { input in
        _ = try? PathsJSON.parse(input, budget: MetadataBudget(packed: 0))
        _ = try? LinkJSON.entryPoints(input, budget: MetadataBudget(packed: 0))
        _ = try? CoreMetadata(input)
        _ = try? RepoData.parse(input)
        let legacy = LegacyPaths(files: input, hasPrefix: input, noLink: nil, noSoftlink: nil)
        _ = try? legacy.paths(budget: MetadataBudget(packed: 0)) { _ in .hardlink }
    },
    "activation": ActivationTarget(),
]
