/// A pattern as a non-deterministic automaton. All its states advance together over the text, so the time is bounded by
/// the size of the pattern times the length of the text.
struct Automaton: Sendable {
    private enum Step: Sendable {
        case bytes(ByteSet)
        case split(Int, Int)
        case start
        case end
        case match
        /// Stands for a pattern that is larger than the limit; it matches nothing.
        case never
    }

    private var steps: [Step] = []
    /// Whether the whole text must match, or only a part of it.
    private let isAnchored: Bool
    private var work = 0
    private static let limit = 20_000

    init(_ node: PatternNode, isAnchored: Bool) {
        self.isAnchored = isAnchored
        add(node)
        if work > Automaton.limit { steps = [.never] }
        if isAnchored { steps.append(.end) }
        steps.append(.match)
    }

    private mutating func add(_ node: PatternNode) {
        // An empty group adds no steps, but may be repeated a thousand times a thousand times.
        work += 1
        if work > Automaton.limit { return }
        switch node {
        case .bytes(let set): steps.append(.bytes(set))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .sequence(let nodes): for node in nodes { add(node) }
        case .alternatives(let branches):
            var jumps: [Int] = []
            for (number, branch) in branches.enumerated() {
                guard number + 1 < branches.count else {
                    add(branch)
                    break
                }
                let split = steps.count
                steps.append(.never)
                add(branch)
                jumps.append(steps.count)
                steps.append(.never)
                steps[split] = .split(split + 1, steps.count)
            }
            for jump in jumps { steps[jump] = .split(steps.count, steps.count) }
        case .repeated(let inner, let least, let most):
            for _ in 0..<least { add(inner) }
            if let most {
                var splits: [Int] = []
                for _ in least..<max(least, most) {
                    splits.append(steps.count)
                    steps.append(.never)
                    add(inner)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let split = steps.count
                steps.append(.never)
                add(inner)
                steps.append(.split(split, split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }

    func matches(_ text: [UInt8]) -> Bool {
        var current: [Int] = []
        for position in 0...text.count {
            if position == 0 || !isAnchored { current.append(0) }
            let active = closure(of: current, position: position, end: text.count)
            if active.hasMatch { return true }
            guard position < text.count else { break }
            current = active.waiting.filter { step in
                if case .bytes(let set) = steps[step] { return set.contains(text[position]) }
                return false
            }.map { $0 + 1 }
        }
        return false
    }

    /// The steps that wait for a byte and are reached without reading one.
    private func closure(of states: [Int], position: Int, end: Int) -> (waiting: [Int], hasMatch: Bool) {
        var seen = [Bool](repeating: false, count: steps.count)
        var stack = states
        var waiting: [Int] = []
        while let state = stack.popLast() {
            guard state < steps.count, !seen[state] else { continue }
            seen[state] = true
            switch steps[state] {
            case .bytes: waiting.append(state)
            case .split(let first, let second): stack += [first, second]
            case .start: if position == 0 { stack.append(state + 1) }
            case .end: if position == end { stack.append(state + 1) }
            case .match: return (waiting: [], hasMatch: true)
            case .never: break
            }
        }
        return (waiting: waiting, hasMatch: false)
    }
}
