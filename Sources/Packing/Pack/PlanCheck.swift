import Archive
import CondaModel
import Install
import LibC
import Support

/// Makes the plan of an installation while a pack is written, so that what can never be unpacked is known where somebody
/// can do something about it.
///
/// Files are looked at as they come, by a thread of its own beside the downloads: only their indexes, not their
/// contents. What is wrong is said at the end, all of it.
final class PlanCheck: Sendable {
    /// A set of packages that is unpacked together.
    private struct Group: Sendable {
        /// What tells it from the others of a bundle.
        let title: String?
        let plan: PackPlan
        let python: PythonInfo?
        let target: WheelTarget?
        let pythonProblem: Failure?
        let records: [RelativePath: (record: PackageRecord, fileName: String)]
        let wheels: Set<RelativePath>
    }

    private struct State {
        var waiting: [(path: RelativePath, slice: FileSlice)] = []
        var isClosed = false
        var hasThread = false
        var isRunning = false
        var packages: [RelativePath: PackageOutline] = [:]
        /// For each group.
        var wheels: [[RelativePath: WheelPlan]]
        var problems: [RelativePath: Failure] = [:]
        /// Wheels that can be installed, as a group does it.
        var readable: [RelativePath: WheelPlan] = [:]
        /// Files of wheels that are not as RECORD says.
        var unlikeRecord: [RelativePath: [ByteString]] = [:]
    }

    /// The smallest wheels that together unpack to so many bytes are compared with their RECORD file by file, or those of
    /// a hundredth of all; of the others only files of another size than RECORD says, unless all are to be. The rest is
    /// compared where it is installed: reading all would take longer than packing.
    private static let comparedBytes: Int64 = 8 << 20

    private let groups: [Group]
    /// Of which size a `.conda` is compared with its list of files.
    private let listedSize: Int64
    /// Whether all files of all wheels are compared.
    private let isThorough: Bool
    /// Where the findings are kept; nil: nowhere.
    private let note: PlanCheckNote?
    /// What an earlier check found in the same packages.
    private let known: PlanFindings?
    private let state: WaitableState<State>

    /// - Parameters:
    ///   - plans: each with what tells it from the others.
    ///   - isThorough: whether all files of all wheels are compared with their RECORD.
    ///   - note: where the findings are kept.
    ///   - known: what the note has; the packages need not be taken then.
    init(
        _ plans: [(title: String?, plan: PackPlan)], isThorough: Bool, note: PlanCheckNote? = nil,
        known: PlanFindings? = nil
    ) {
        self.note = note
        self.known = known
        let sizes = plans.flatMap { $0.plan.conda.map { Int64(clamping: $0.size ?? 0) } }
        listedSize = PackageOutline.listedSize(sizes)
        self.isThorough = isThorough
        groups = plans.map { title, plan in
            var python: PythonInfo?
            var problem: Failure?
            do {
                python = try plan.conda.python(\.name).map { try PythonInfo($0) }
            } catch {
                problem = error as? Failure ?? Failure("\(error)")
            }
            let target = python.map {
                WheelTarget(
                    python: $0, prefix: InstallPlan.nominalPrefix, platform: plan.platform, checksTags: false)
            }
            var records: [RelativePath: (record: PackageRecord, fileName: String)] = [:]
            for (record, fileName) in zip(plan.conda, plan.condaFileNames) {
                guard let path = try? PackPlan.path(of: record, fileName: fileName) else { continue }
                records[path] = (record, fileName)
            }
            let wheels = Set(plan.items.lazy.map(\.path).filter { $0.parent?.bytes == "pypi" })
            return Group(
                title: title, plan: plan, python: python, target: target, pythonProblem: problem, records: records,
                wheels: wheels)
        }
        state = WaitableState(State(wheels: Array(repeating: [:], count: groups.count)))
    }

    /// Whether files have to be looked at.
    var isNeeded: Bool { known == nil }

    deinit { state.change { $0.isClosed = true } }

    /// A file has come; `slice` can be read until the pack is finished.
    func take(_ path: RelativePath, _ slice: FileSlice) {
        let mustStart = state.change { state in
            state.waiting.append((path, slice))
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard mustStart else { return }
        state.note { $0.isRunning = true }
        let thread = startThread { [state, groups, listedSize] in PlanCheck.work(state, groups, listedSize) }
        guard let thread else { return state.note { $0.isRunning = false } }
        pthread_detach(thread)
    }

    private static func work(_ state: WaitableState<State>, _ groups: [Group], _ listedSize: Int64) {
        let scratch = DecoderScratch()
        while true {
            let next: (path: RelativePath, slice: FileSlice)?? = state.wait { state in
                if state.isClosed || Interruption.signal != nil { return .some(nil) }
                return state.waiting.popLast().map { .some($0) }
            }
            guard let next, let next else { break }
            look(at: next.path, next.slice, scratch, state, groups, listedSize)
        }
        state.change { $0.isRunning = false }
    }

    private static func look(
        at path: RelativePath, _ slice: FileSlice, _ scratch: DecoderScratch, _ state: WaitableState<State>,
        _ groups: [Group], _ listedSize: Int64
    ) {
        do {
            if let group = groups.first(where: { $0.records[path] != nil }), let known = group.records[path] {
                let source = try PackageSource(
                    record: known.record, fileName: known.fileName, member: PackMember(name: path, data: slice))
                guard let outline = try PackageOutline.read(source, listedSize: listedSize, scratch: scratch)
                else { return }
                return state.note { $0.packages[path] = outline }
            }
            for (index, group) in groups.enumerated() where group.wheels.contains(path) {
                let name = path.lastComponent.lossyString
                guard let target = group.target, (try? WheelName(name)) != nil else { continue }
                let plan = try WheelPlan(
                    fileName: name, slice: slice, target: target, scratch: scratch)
                state.note {
                    $0.wheels[index][path] = plan.outline
                    $0.readable[path] = plan
                }
            }
        } catch {
            state.note { $0.problems[path] = error as? Failure ?? Failure("\(error)") }
        }
    }

    /// Everything has come: finishes the plan.
    ///
    /// - Parameter drafts: of each plan; they are told about wheels that differ from their RECORD.
    /// - Throws: `Failure` with all problems, unless they are to be warnings.
    func finish(_ request: PackRequest, _ drafts: [PackManifestDraft], _ reporter: any Reporter) throws {
        let (problems, findings) = try known.map { ([], $0) } ?? look()
        if known == nil, problems.isEmpty { note?.write(findings) }
        var refused: [Message] = []
        func judge(_ text: Message, _ hint: Message = "") {
            if request.isStrict { refused.append(text) } else { reporter.warn(text + hint) }
        }
        for (path, files) in findings.unlikeRecord.sorted(by: { $0.key < $1.key }) {
            let shown: Message =
                files.prefix(3).map { "'\($0)'" as Message }.joined(separator: ", ")
                + (files.count > 3 ? ", ..." : "")
            let count: Message = files.count == 1 ? "a file that is" : "\(files.count) files that are"
            judge("the wheel '\(path.lastComponent)' has \(count) not as its RECORD says: \(shown)")
        }
        for (group, draft) in zip(groups, drafts) {
            let own = findings.unlikeRecord.filter { group.wheels.contains($0.key) }.sorted { $0.key < $1.key }
            draft.note(own.map { .init(fileName: $0.key.lastComponent.lossyString, files: Int64($0.value.count)) })
            for text in PlanCheck.unfitting(group) { judge(text, "; 'pixi-unpack' needs --no-wheel-check for it") }
        }
        if let text = PostLinkNote.text(findings.withPostLink) {
            reporter.warn("\(text) run by 'pixi-unpack --run-post-link' only")
        }
        if !problems.isEmpty {
            let failure = PlanCheck.failure(problems)
            if request.planCheck == .errors { throw failure }
            reporter.warn("\(failure)")
        }
        if refused.isEmpty { return }
        throw Failure(refused.joined(separator: "; "), remedy: "Without --strict this is a warning.")
    }

    /// Looks at what nobody has looked at yet, and makes the plan.
    private func look() throws -> ([Failure], PlanFindings) {
        let problems = try problems()
        let state = state.read { $0 }
        let scripts = groups.flatMap { group in
            group.records.compactMap {
                state.packages[$0.key]?.hasPostLink($0.value.record.name) == true ? $0.value.record.name.text : nil
            }
        }
        let unlikeRecord = state.unlikeRecord.mapValues { $0.sorted() }
        return (problems, PlanFindings(withPostLink: Set(scripts).sorted(), unlikeRecord: unlikeRecord))
    }

    /// Wheels of the lock file that the pack's Python could not import; those that were given or built are judged before.
    private static func unfitting(_ group: Group) -> [Message] {
        guard let python = group.python else { return [] }
        let tags = WheelTags(
            python: .init(Int(clamping: python.major), Int(clamping: python.minor)),
            isFreeThreaded: python.isFreeThreaded, platform: group.plan.platform, glibc: nil, macOS: nil)
        return group.plan.items.compactMap { item -> Message? in
            guard group.wheels.contains(item.path), case .fetched = item.source,
                let name = try? WheelName(item.fileName), let reason = tags.refusal(of: name)
            else { return nil }
            return "wheel '\(item.fileName)': \(reason)"
        }
    }

    /// Makes the plan.
    ///
    /// - Returns: what would keep the pack from being unpacked, in a fixed order.
    func problems() throws -> [Failure] {
        state.change { $0.isClosed = true }
        try state.wait { state in
            try Interruption.check()
            return state.isRunning ? nil : ()
        }
        let rest = state.note { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        let pool = WorkerPool(width: WorkerPool.usableCPUs)
        let scratches = (0..<pool.width).map { _ in DecoderScratch() }
        try pool.forEach(count: rest.count) { [state, groups, listedSize] index, worker in
            try Interruption.check()
            PlanCheck.look(at: rest[index].path, rest[index].slice, scratches[worker], state, groups, listedSize)
        }
        try compareWheels(pool, scratches)
        let found = state.read { $0 }
        var problems = found.problems.sorted { $0.key < $1.key }.map(\.value)
        for (index, group) in groups.enumerated() {
            problems += try PlanCheck.problems(of: group, found.packages, Array(found.wheels[index].values)).map {
                problem in
                group.title.map { Failure("environment \($0)", cause: problem) } ?? problem
            }
        }
        return problems
    }

    /// Only now is it known which wheels are the smallest: lock files do not give their sizes.
    private func compareWheels(_ pool: WorkerPool, _ scratches: [DecoderScratch]) throws {
        let readable = state.note { state in
            defer { state.readable = [:] }
            return state.readable
        }
        let wheels = readable.map { (path: $0.key, size: $0.value.size, plan: $0.value) }
            .sorted { ($0.size, $0.path) < ($1.size, $1.path) }
        var left = max(PlanCheck.comparedBytes, wheels.reduce(0) { min($0 + $1.size, 1 << 60) } / 100)
        let isRead = wheels.map { wheel in
            left = max(left - wheel.size, -1)
            return left >= 0 || isThorough
        }
        // The largest first, so that the end is even.
        try pool.forEach(count: wheels.count) { [state] index, worker in
            try Interruption.check()
            let wheel = wheels[wheels.count - 1 - index]
            do {
                let files = try wheel.plan.unlikeRecord(
                    readsAll: isRead[wheels.count - 1 - index], scratch: scratches[worker])
                if !files.isEmpty { state.note { $0.unlikeRecord[wheel.path] = files } }
            } catch {
                state.note { $0.problems[wheel.path] = error as? Failure ?? Failure("\(error)") }
            }
        }
    }

    private static func problems(
        of group: Group, _ outlines: [RelativePath: PackageOutline], _ wheels: [WheelPlan]
    ) throws -> [Failure] {
        if let problem = group.pythonProblem { return [problem] }
        var problems: [Failure] = []
        for path in group.wheels.sorted() {
            let name = path.lastComponent.lossyString
            do { _ = try WheelName(name) } catch {
                problems.append(
                    Failure(
                        "'\(path)' in the pack cannot be installed: it is not the file name of a wheel", cause: error,
                        remedy: "Only wheels can be installed; make a wheel of it, or take it out of the pack."))
            }
        }
        if group.target == nil, !group.wheels.isEmpty {
            problems.append(
                Failure(
                    "the pack has wheels, but no package named 'python' to install them for",
                    remedy: "Add python to the conda dependencies of the environment and pack it again."))
        }
        let packages = group.records.sorted { $0.key < $1.key }.compactMap { path, known in
            outlines[path].map { OutlinedPackage(record: known.record, fileName: known.fileName, outline: $0) }
        }
        return problems
            + InstallPlan.problems(
                packages: packages, wheels: wheels, python: group.python, platform: group.plan.platform)
    }

    /// All problems as one error.
    static func failure(_ problems: [Failure]) -> Failure {
        let remedies = problems.compactMap(\.innermostAdvice).map { remedy -> Message in
            // It was verified a moment ago.
            remedy == CondaArchive.damageRemedy
                ? "The file is damaged where it was fetched from: take another build, or give a mended one with --inject."
                : remedy
        }
        var said: Set<Message> = []
        let remedy: Message =
            remedies.filter { said.insert($0).inserted }.prefix(3).joined(separator: " ")
            + " With --no-plan-check it is packed nevertheless."
        if let only = problems.first, problems.count == 1 {
            return Failure("this pack could never be unpacked: \(only)", remedy: remedy)
        }
        return Failure(
            "this pack could never be unpacked, for \(problems.count) reasons:"
                + problems.map { "\n  \($0)" as Message }.joined(), remedy: remedy)
    }
}
