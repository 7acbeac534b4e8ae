import CondaModel
import Lockfile
import SelfExtract
import Support

/// The packages of an environment as they are packed: those of the lock file that are ready, what was injected, and what
/// was built; and what is left out.
struct PackSet: Sendable {
    let selection: PackSelection
    /// The program of a self-extracting pack.
    let program: EmbeddedRuntime?

    /// Packages built now, in the lock file's order, then those given by the user.
    private(set) var added = InjectedFiles()
    private(set) var built: [BuildNote] = []
    /// What a dry run leaves unbuilt.
    private(set) var unbuilt: [PackForecast.Unbuilt] = []
    private(set) var leftOut: [PackContents.LeftOut]
    /// What of the workspace is carried as it is.
    private(set) var carried: CarriedWorkspace?

    init(_ selection: PackSelection, program: EmbeddedRuntime?) {
        self.selection = selection
        self.program = program
        leftOut = selection.leftOut
    }

    var environment: LockedEnvironment { selection.environment }
    /// Built conda packages and wheels of the lock file, in its order, and packages of its channel that were added.
    var locked: [LockedPackage] { selection.locked + found.map { .conda($0) } }
    /// pip, and what it needs.
    private(set) var found: [LockedConda] = []

    /// File names of what the user gave.
    var injected: [String] {
        selection.input.given.packages.map(\.fileName) + selection.input.given.wheels.map(\.fileName)
            + found.map(\.fileName)
    }

    /// The conda packages in the order of environment.yml.
    var records: [PackageRecord] {
        let locked = locked.compactMap { package in
            if case .conda(let conda) = package { return conda.record }
            return nil
        }
        return locked + added.packages.map(\.record)
    }

    mutating func add(_ package: InjectedPackage, _ note: BuildNote?, _ reporter: any Reporter) {
        added.add(package, reporter: reporter)
        if let note { built.append(note) }
    }

    mutating func add(_ wheel: InjectedWheel, _ note: BuildNote?, _ reporter: any Reporter) {
        added.add(wheel, reporter: reporter)
        if let note { built.append(note) }
    }

    mutating func carry(_ workspace: CarriedWorkspace) { carried = workspace }

    mutating func find(_ packages: [LockedConda]) { found += packages }

    mutating func leaveOut(_ packages: [PackContents.LeftOut]) { leftOut += packages }

    mutating func leaveUnbuilt(_ packages: [PackForecast.Unbuilt]) { unbuilt += packages }

    /// Checks that the packages can be one environment, if something was added that nobody has validated yet, and that
    /// its wheels fit each other and Python.
    ///
    /// - Throws: `Failure` for packages that do not fit; for wheels only if that is wanted, else it is said.
    func check(_ request: PackRequest, _ reporter: any Reporter) throws {
        // A package that is not built yet cannot be checked.
        if !unbuilt.isEmpty { return }
        if !added.packages.isEmpty { try EnvironmentValidation(records).check() }
        let problems = wheelProblems
        if problems.isEmpty { return }
        if request.isStrict {
            throw Failure(
                problems.count == 1
                    ? problems[0]
                    : "the wheels do not fit together:\n  " + problems.joined(separator: "\n  "),
                remedy: "Without --strict this is a warning.")
        }
        for problem in problems { reporter.warn(problem) }
    }

    private var wheelProblems: [Message] {
        let glibc = environment.platform.virtualPackages.compactMap { text -> WheelTags.Release? in
            let parts = text.split(separator: "=")
            return parts.count > 1 && parts[0] == "__glibc" ? WheelTags.Release(String(parts[1])) : nil
        }.first
        let others = locked.compactMap { package -> WheelSetCheck.Wheel? in
            guard case .pypi(let python) = package else { return nil }
            return .init(
                fileName: python.location.lastSegment?.lossyString ?? python.name.text, name: python.name,
                version: python.version.flatMap { try? PEP440Version($0) }, requiresDist: python.requiresDist)
        }
        return WheelSetCheck(conda: records, platform: environment.platform.subdir, glibc: glibc)
            .problems(others + added.wheels.map(\.checked))
    }
}
