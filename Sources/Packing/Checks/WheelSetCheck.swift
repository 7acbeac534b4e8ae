import CondaModel
import Support

/// Whether wheels fit the Python, the platform and the other packages of a pack.
///
/// The lock's own wheels were chosen by pixi; injected and built ones were chosen by a person, and nobody has checked
/// them before.
public struct WheelSetCheck {
    /// A wheel of the pack.
    public struct Wheel: Sendable {
        public let fileName: String
        public let name: PyPIName
        /// Nil if the lock does not tell.
        public let version: PEP440Version?
        public let requiresPython: String?
        public let requiresDist: [String]
        /// Nil for wheels of the lock: those are only checked for what they need of the others.
        let tags: WheelName?

        public init(
            fileName: String, name: PyPIName, version: PEP440Version?, requiresPython: String? = nil,
            requiresDist: [String] = [], tags: WheelName? = nil
        ) {
            self.fileName = fileName
            self.name = name
            self.version = version
            self.requiresPython = requiresPython
            self.requiresDist = requiresDist
            self.tags = tags
        }
    }

    private let python: PEP440Version?
    private let build: PythonBuild?
    private let platform: Platform
    private let glibc: WheelTags.Release
    /// What the conda packages bring of PyPI's; a nil version is one that cannot be compared.
    private var present: [PyPIName: PEP440Version?] = [:]

    /// - Parameter glibc: of the system the pack is for, if the lock tells.
    public init(conda: [PackageRecord], platform: Platform, glibc: WheelTags.Release? = nil) {
        self.platform = platform
        self.glibc = glibc ?? WheelTags.defaultGlibc
        let python = conda.python
        self.python = python.flatMap { try? PEP440Version($0.version) }
        build = python.map(PythonBuild.init)
        for record in conda {
            for (name, version) in WheelSetCheck.distributions(of: record) { present[name] = .some(version) }
        }
    }

    /// What does not fit, a line each.
    public func problems(_ wheels: [Wheel]) -> [Message] {
        let chosen = wheels.filter { $0.tags != nil }
        guard !chosen.isEmpty else { return [] }
        guard let python else {
            return chosen.map { "wheel '\($0.fileName)' needs a Python, the pack has no package 'python'" }
        }
        let tags = WheelTags(
            python: .init(Int(clamping: python.release[0]), Int(clamping: python.release.dropFirst().first ?? 0)),
            isFreeThreaded: build?.isFreeThreaded ?? false, implementation: build?.implementation ?? .cPython,
            platform: platform, glibc: glibc)
        var present = present
        for wheel in wheels { present[wheel.name] = .some(wheel.version) }
        let needs = Needs(wheels: wheels, environment: MarkerEnvironment(python: python, platform: platform))
        var problems: [Message] = []
        for wheel in wheels {
            if let name = wheel.tags {
                if let refusal = tags.refusal(of: name) { problems.append("wheel '\(wheel.fileName)': \(refusal)") }
                problems += pythonProblem(wheel, python)
                problems += needs.unreadable(wheel)
            }
            for requirement in needs.requirements(of: wheel) {
                // A wheel of the lock is asked only what a chosen one may have changed.
                if wheel.tags == nil && !chosen.contains(where: { $0.name == requirement.name }) { continue }
                if let problem = problem(wheel, requirement, present) { problems.append(problem) }
            }
        }
        return problems
    }

    private func pythonProblem(_ wheel: Wheel, _ python: PEP440Version) -> [Message] {
        guard let text = wheel.requiresPython else { return [] }
        do {
            if try PEP440Specifiers(text).contains(python) { return [] }
            return ["wheel '\(wheel.fileName)' requires Python \(text), the pack has \(python)"]
        } catch {
            return ["wheel '\(wheel.fileName)' has a Requires-Python that cannot be read: \(error)"]
        }
    }

    private func problem(
        _ wheel: Wheel, _ requirement: PEP508Requirement, _ present: [PyPIName: PEP440Version?]
    ) -> Message? {
        let subject: Message = "wheel '\(wheel.fileName)' requires '\(requirement.text)'"
        guard let found = present[requirement.name] else { return "\(subject), which is not in the pack" }
        guard let version = found, !requirement.specifiers.contains(version) else { return nil }
        return "\(subject), the pack has \(requirement.name) \(version)"
    }

    /// The distributions a conda package stands for: by its purls, else by its name.
    private static func distributions(of record: PackageRecord) -> [(PyPIName, PEP440Version?)] {
        let version = try? PEP440Version(record.version)
        guard let purls = record.purls else {
            return (try? PyPIName(record.name.text)).map { [($0, version)] } ?? []
        }
        return purls.compactMap { text in
            guard text.hasPrefix("pkg:pypi/") else { return nil }
            let rest = text.dropFirst("pkg:pypi/".count).prefix { $0 != "?" && $0 != "#" }
            let parts = rest.split(separator: "@", maxSplits: 1)
            guard let first = parts.first, let name = try? PyPIName(String(first)) else { return nil }
            return (name, parts.count > 1 ? try? PEP440Version(String(parts[1])) : version)
        }
    }
}

/// The requirements of wheels that count, extras that others ask for included.
private struct Needs {
    private let environment: MarkerEnvironment
    private var all: [PyPIName: [PEP508Requirement]] = [:]
    private var broken: [PyPIName: [Message]] = [:]
    private var extras: [PyPIName: Set<PyPIName>] = [:]

    init(wheels: [WheelSetCheck.Wheel], environment: MarkerEnvironment) {
        self.environment = environment
        for wheel in wheels {
            for text in wheel.requiresDist {
                do {
                    all[wheel.name, default: []].append(try PEP508Requirement(text))
                } catch {
                    broken[wheel.name, default: []].append("wheel '\(wheel.fileName)': \(error)")
                }
            }
        }
        // An extra may ask for another one: until nothing is added.
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for wheel in wheels {
                for requirement in requirements(of: wheel) where !requirement.extras.isEmpty {
                    let before = extras[requirement.name]?.count ?? 0
                    extras[requirement.name, default: []].formUnion(requirement.extras)
                    if extras[requirement.name]?.count != before { isGrowing = true }
                }
            }
        }
    }

    func requirements(of wheel: WheelSetCheck.Wheel) -> [PEP508Requirement] {
        (all[wheel.name] ?? []).filter { $0.applies(in: environment, extras: extras[wheel.name] ?? []) }
    }

    func unreadable(_ wheel: WheelSetCheck.Wheel) -> [Message] { broken[wheel.name] ?? [] }
}
