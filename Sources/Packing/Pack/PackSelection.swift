import CondaModel
import Lockfile
import Support

/// Which packages of an environment go into a pack: those that can be fetched as they are, those that have to be built
/// or looked for first, and those that are left out. Choosing reads nothing and says nothing.
struct PackSelection: Sendable {
    let target: PackTarget
    let environment: LockedEnvironment
    /// What was read.
    let input: PackInput

    /// Built conda packages and wheels, in the lock file's order.
    private(set) var locked: [LockedPackage] = []
    /// Conda packages to be built.
    private(set) var sources: [LockedSource] = []
    /// Python packages to make wheels of.
    private(set) var nonWheels: [LockedPyPI] = []
    /// Wheels to be looked for.
    private(set) var unrecorded: [UnrecordedWheel] = []
    private(set) var leftOut: [PackContents.LeftOut] = []
    /// What a user must know of it.
    private(set) var warnings: [Message] = []

    /// Chooses for each environment.
    ///
    /// - Throws: `Failure` with what is wrong in all of them.
    static func select(
        _ targets: [PackTarget], from input: PackInput, _ request: PackRequest
    ) throws -> [PackSelection] {
        var problems: [Failure] = []
        let selections = targets.compactMap { target -> PackSelection? in
            do {
                return try select(target, from: input, request)
            } catch {
                let problem = error as? Failure ?? Failure("\(error)")
                if !problems.contains(where: { "\($0)" == "\(problem)" as Message }) { problems.append(problem) }
                return nil
            }
        }
        guard let first = problems.first else { return selections }
        if problems.count == 1 { throw first }
        var said: Set<Message> = []
        throw Failure(
            "\(problems.count) environments cannot be packed:" + problems.map { "\n  \($0)" as Message }.joined(),
            remedy: problems.compactMap(\.innermostAdvice).filter { said.insert($0).inserted }.joined(separator: " "))
    }

    private static func select(
        _ target: PackTarget, from input: PackInput, _ request: PackRequest
    ) throws -> PackSelection {
        var selection = PackSelection(target: target, environment: try input.environment(target), input: input)
        for package in selection.environment.packages { selection.add(package) }
        for package in selection.environment.unavailable
        where !selection.isReplaced(pypi: package.name, source: package.name.text) {
            selection.unrecorded.append(package)
        }
        if !request.buildsWheels { try selection.leaveOutNonWheels(request) }
        return selection
    }

    private init(target: PackTarget, environment: LockedEnvironment, input: PackInput) {
        self.target = target
        self.environment = environment
        self.input = input
    }

    private mutating func add(_ package: LockedPackage) {
        switch package {
        case .conda(let conda):
            if !isReplaced(conda: conda.record.name, source: conda.fileName) { locked.append(package) }
        case .condaSource(let source):
            let text = "\(source.name) (\(source.location.redacted))"
            if !isReplaced(conda: source.name, source: text) { sources.append(source) }
        case .pypi(let python):
            let text = python.location.lastSegment?.lossyString ?? python.name.text
            if isReplaced(pypi: python.name, source: text) { return }
            if python.isWheel { locked.append(package) } else { nonWheels.append(python) }
        }
    }

    private mutating func isReplaced(conda name: CondaName, source: String) -> Bool {
        isReplaced(source, by: input.given.package(replacing: name)?.fileName)
    }

    private mutating func isReplaced(pypi name: PyPIName, source: String) -> Bool {
        isReplaced(source, by: input.given.wheel(replacing: name)?.fileName)
    }

    private mutating func isReplaced(_ source: String, by fileName: String?) -> Bool {
        guard let fileName else { return false }
        warnings.append("injected '\(fileName)' replaces '\(source)' of the environment")
        return true
    }

    /// Refuses what is no wheel, or leaves it out (docs/spec/lock.md#wheels).
    private mutating func leaveOutNonWheels(_ request: PackRequest) throws {
        if nonWheels.isEmpty { return }
        guard request.ignoresNonWheels else { throw NonWheel.refusal(nonWheels) }
        for package in nonWheels {
            warnings.append("ignoring PyPI package \(package.name) since it is not a wheel file")
            leftOut.append(
                .init(name: package.name.text, source: NonWheel.source(package), reason: "it is not a wheel"))
        }
        nonWheels = []
    }
}
