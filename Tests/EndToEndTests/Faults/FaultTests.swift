import LibC
import Support
import TestKit
import Testing

/// Whether the program was built so that its calls can fail.
enum FaultBuild {
    static let isPresent: Bool = {
        let outcome = try? Executable.run(["list", "/"], environment: ["PIXI_PACK_FAULT": "1:signal=10"])
        return outcome?.status == 128 + SIGUSR1
    }()
}

/// Disturbs journeys at every system call they make. With `PIXI_PACK_FAULTS=all` (`make faults`) every call fails in
/// every way; without, a part of them that is spread over all, with `few` a sixth of that part.
@Suite("Nothing lost, nothing outside", .serialized, .enabled(if: FaultBuild.isPresent, "needs the debug build"))
struct FaultTests {
    private static let extent = getenv("PIXI_PACK_FAULTS").map { String(cString: $0) }
    private static let isComplete = extent == "all"
    private static let thinning = extent == "few" ? 6 : 1
    private static let inputs = Result { try JourneyInputs() }

    /// A disturbance of the N-th call, and what it was.
    private struct Point: Sendable {
        let number: Int
        let fault: String
        let call: String
    }

    /// Runs `body` for all points, on each CPU in a place of its own.
    ///
    /// - Returns: what was found wrong.
    private func disturb(
        _ journey: Journey, _ points: (JourneyPlace) -> [Point],
        _ body: @escaping @Sendable (JourneyPlace, Point) throws -> [String]
    ) throws -> [String] {
        let inputs = try FaultTests.inputs.get()
        let untouched = try Tree(of: inputs.directory.path)
        let width = WorkerPool.usableCPUs
        let places = try (0..<width).map { _ in try JourneyPlace(journey, inputs) }
        let points = points(places[0])
        let found = Locked<[String]>([])
        try WorkerPool(width: width).forEach(count: points.count) { index, worker in
            let (place, point) = (places[worker], points[index])
            try place.reset()
            let problems = try body(place, point)
            if problems.isEmpty { return }
            found.withLock {
                $0.append("\(point.fault) at \(point.number) (\(point.call)): " + problems.joined(separator: "; "))
            }
        }
        #expect(try Tree(of: inputs.directory.path) == untouched, "the inputs were changed")
        return found.withLock { $0 }
    }

    private func again(_ place: JourneyPlace) throws -> [String] {
        let outcome = try place.run()
        if outcome.status != 0 { return ["run again it ends with \(outcome.status): \(outcome.errors)"] }
        let tree = try place.tree()
        return tree == place.after ? [] : ["run again: \(place.after.differences(from: tree))"]
    }

    // MARK: Failing calls

    private static let errors: [(code: Int32, name: String)] = [
        (ENOSPC, "ENOSPC"), (EIO, "EIO"), (EMFILE, "EMFILE"), (EACCES, "EACCES"), (EINTR, "EINTR"),
    ]

    /// What goes wrong between machines.
    private static let networkErrors: [(code: Int32, name: String)] = [
        (ECONNREFUSED, "ECONNREFUSED"), (ECONNRESET, "ECONNRESET"), (EMFILE, "EMFILE"), (ETIMEDOUT, "ETIMEDOUT"),
    ]

    private static func isNetwork(_ call: String) -> Bool {
        ["socket ", "connect ", "receive "].contains { call.hasPrefix($0) }
    }

    @Test("every system call may fail", arguments: Journey.allCases)
    func failingCalls(_ journey: Journey) throws {
        let found = try disturb(journey) { place in
            let count = place.calls.count
            var points: [Point] = []
            for number in 1...count {
                // All of them: there are few such calls.
                for error in FaultTests.networkErrors where FaultTests.isNetwork(place.calls[number - 1]) {
                    points.append(
                        Point(number: number, fault: "\(number):\(error.code)", call: place.calls[number - 1]))
                }
                for (index, error) in FaultTests.errors.enumerated() {
                    // Every error in turn, at calls that are spread over the run.
                    let isChosen = number % (19 * FaultTests.thinning) == journey.rawValue.utf8.count % 19
                    if !FaultTests.isComplete, !isChosen || index != number % 5 { continue }
                    points.append(
                        Point(number: number, fault: "\(number):\(error.code)", call: place.calls[number - 1]))
                }
                if FaultTests.isComplete || number % 150 == 1 {
                    points.append(Point(number: number, fault: "\(number):short", call: place.calls[number - 1]))
                }
            }
            return points
        } _: { place, point in
            let outcome = try place.run(fault: point.fault)
            let tree = try place.tree()
            var problems: [String] = []
            if outcome.status == 0 {
                if !tree.equalsOutsideOfCaches(place.after) {
                    problems.append("success, but \(place.after.differences(from: tree))")
                }
            } else {
                if !outcome.hasFailed { problems.append("exit status \(outcome.status)") }
                if FaultTests.isNetwork(point.call) { problems.append("what another try would have mended") }
                if point.fault.hasSuffix(":short") || point.fault.hasSuffix(":\(EINTR)") {
                    problems.append("a call that had only to be repeated")
                }
                problems += FaultTests.complaints(about: outcome.errors)
                if journey.isInPlace {
                    if !tree.partialNames.isEmpty { problems.append("\(tree.partialNames)") }
                } else if !tree.equalsOutsideOfCaches(place.before) {
                    problems.append("failed, but \(place.before.differences(from: tree))")
                }
            }
            return problems + (try again(place))
        }
        #expect(found == [])
    }

    @Test("a pack from a pipe that finds no room: the place is named")
    func noRoomForPipe() throws {
        let place = try JourneyPlace(.pipe, FaultTests.inputs.get())
        let number = try #require(place.calls.firstIndex { $0.hasPrefix("write ") }) + 1
        try place.reset()
        let errors = try place.run(fault: "\(number):\(ENOSPC)").errors
        let start = "Error: could not read the pack from standard input: could not keep it in '"
        #expect(errors.hasPrefix(start) && errors.contains("(os error 28)\nHint: Make room there"), "\(errors)")
    }

    @Test("a server that is never reached, or hangs up always")
    func unreachableServer() throws {
        let faults =
            FaultTests.networkErrors.flatMap { ["socket:\($0.code)", "connect:\($0.code)"] } + ["receive:\(ECONNRESET)"]
        let found = try disturb(.download) { _ in
            faults.map { Point(number: 0, fault: $0, call: "always") }
        } _: { place, point in
            let outcome = try place.run(fault: point.fault)
            var problems: [String] = []
            if !outcome.hasFailed { problems.append("exit status \(outcome.status)") }
            let start = "Error: could not download package 'lib-2.0-0.conda' after"
            let isClear = outcome.errors.hasPrefix(start) && outcome.errors.contains("for url (http://127.0.0.1:")
            if !isClear { problems.append("the message says too little: \(outcome.errors)") }
            if point.fault == "connect:\(ECONNREFUSED)", !outcome.errors.contains("Connection refused (os error") {
                problems.append("no reason: \(outcome.errors)")
            }
            let tree = try place.tree()
            if !tree.equalsOutsideOfCaches(place.before) {
                problems.append("failed, but \(place.before.differences(from: tree))")
            }
            return problems + (try again(place))
        }
        #expect(found == [])
    }

    /// What is wrong with a message.
    private static func complaints(about errors: String) -> [String] {
        guard errors.hasPrefix("Error: ") else { return ["no message, but '\(errors)'"] }
        // A path, package or URL, and the system's reason, without the help of the hint.
        let errors = errors.split(separator: "\nHint: ").first.map(String.init) ?? ""
        let isNamed = errors.contains("'") || errors.contains("standard input")
        let isClear = isNamed && !errors.lowercased().contains("unknown") && errors.contains("os error")
        return isClear ? [] : ["the message says too little: \(errors)"]
    }

    // MARK: Killed runs

    @Test("a killed run leaves nothing the next one cannot put right", arguments: Journey.allCases)
    func kills(_ journey: Journey) throws {
        let found = try disturb(journey) {
            FaultTests.spread($0, "signal=\(SIGKILL)", count: 25)
        } _: { place, point in
            let outcome = try place.run(fault: point.fault)
            var problems: [String] = []
            if outcome.status != 128 + SIGKILL && journey != .pipe && outcome.status != 0 {
                problems.append("exit status \(outcome.status)")
            }
            if journey == .relocation, try !place.isKnown(place.tree()) {
                problems.append("verify --env does not tell whether it is complete")
            }
            problems += try again(place)
            return problems
        }
        #expect(found == [])
    }

    @Test("a run that is asked to stop cleans up", arguments: Journey.allCases)
    func signals(_ journey: Journey) throws {
        let found = try disturb(journey) { place in
            FaultTests.spread(place, "signal=\(SIGINT)", count: 6)
                + FaultTests.spread(place, "signal=\(SIGTERM)", count: 6)
        } _: { place, point in
            let outcome = try place.run(fault: point.fault)
            let tree = try place.tree()
            var problems: [String] = []
            switch outcome.status {
            // Too late, or not yet at work.
            case 0: if tree != place.after { problems.append("success, but \(place.after.differences(from: tree))") }
            case 130, 143:
                if journey.isInPlace {
                    if !tree.partialNames.isEmpty { problems.append("\(tree.partialNames)") }
                } else if !tree.equalsOutsideOfCaches(place.before) {
                    problems.append("stopped, but \(place.before.differences(from: tree))")
                }
            default: problems.append("exit status \(outcome.status): \(outcome.errors)")
            }
            return problems + (try again(place))
        }
        #expect(found == [])
    }

    /// So many points, from the first call to the last; all of them in the complete run.
    private static func spread(_ place: JourneyPlace, _ fault: String, count: Int) -> [Point] {
        let calls = place.calls.count
        let count = isComplete ? calls : min(max(2, count / thinning), calls)
        return (0..<count).map { index in
            let number = 1 + index * (calls - 1) / max(1, count - 1)
            return Point(number: number, fault: "\(number):\(fault)", call: place.calls[number - 1])
        }
    }

    // MARK: Poorer file systems

    private static let poverty: [String] = [
        "link:\(EPERM)", "link:\(EOPNOTSUPP)", "exchange:\(EINVAL)", "exchange:\(ENOSYS)", "unnamed:\(EOPNOTSUPP)",
        "unnamed:\(EISDIR)", "lock:\(ENOLCK)", "lock:\(EBADF)", "copyFileRange:\(EXDEV)",
        "copyFileRange:\(EOPNOTSUPP)",
        "link:\(EPERM),exchange:\(EINVAL),unnamed:\(EOPNOTSUPP),lock:\(ENOLCK),copyFileRange:\(EINVAL)",
    ]

    @Test("what some file systems cannot do is done otherwise", arguments: Journey.allCases)
    func poorFileSystems(_ journey: Journey) throws {
        let found = try disturb(journey) { place in
            FaultTests.poverty.map { Point(number: 0, fault: $0, call: journey.rawValue) }
        } _: { place, point in
            let outcome = try place.run(fault: point.fault)
            let tree = try place.tree()
            return outcome.status == 0 && tree == place.after
                ? [] : ["status \(outcome.status): \(outcome.errors) \(place.after.differences(from: tree))"]
        }
        #expect(found == [])
    }
}
