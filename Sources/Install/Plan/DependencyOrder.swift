import CondaModel
import Support

/// The order in which packages take precedence: dependencies before dependents, and independent packages from the last
/// name to the first (docs/spec/install.md#order). It does not depend on the order of the input.
struct DependencyOrder {
    /// The names, sorted.
    private let names: [CondaName]
    /// Whether the package of each name is noarch.
    private let isNoArch: [Bool]
    /// For each package the dependencies that are installed, in the order of its `depends`.
    private let dependencies: [[Int]]

    init(_ records: [PackageRecord]) {
        // Indices are sorted instead of records, which are large.
        let given = records.map(\.name)
        let sorted = given.indices.sorted { given[$0] < given[$1] }
        names = sorted.map { given[$0] }
        isNoArch = sorted.map { records[$0].noarch.isNoArch }
        var places: [CondaName: Int] = Dictionary(minimumCapacity: names.count)
        places.merge(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        dependencies = sorted.map { number in
            records[number].depends.compactMap { DependencyOrder.dependencyName($0).flatMap { places[$0] } }
        }
    }

    /// The package name at the beginning of a dependency, in lower case; nil if it begins with none.
    static func dependencyName(_ dependency: String) -> CondaName? {
        let ends = Set("><=!~;[".utf8)
        let name = dependency.unicodeScalars.prefix { scalar in
            !scalar.properties.isWhitespace && !(scalar.isASCII && ends.contains(UInt8(scalar.value)))
        }
        return (try? CondaName(String(name)))?.lowercased
    }

    /// The names of the packages in order. If several packages have the same path, the last of them wins.
    func order() throws -> [CondaName] { try emit(cutting: cutEdges()).map { names[$0] } }

    private struct Edge: Hashable {
        let from: Int
        let to: Int
    }

    /// One edge of every cycle that a depth-first walk finds: one between a noarch package and one that is not, else
    /// the edge that closes the cycle.
    private func cutEdges() throws -> Set<Edge> {
        var cut: Set<Edge> = []
        var isVisited = [Bool](repeating: false, count: names.count)
        var placeOnPath = [Int?](repeating: nil, count: names.count)
        for root in names.indices where !isVisited[root] {
            var path: [(package: Int, next: Int)] = [(root, 0)]
            /// The positions on the path where a package is of another kind than the next one. A cycle is a part of the
            /// path; without this list it would be walked again for each dependency that closes it.
            var changes: [Int] = []
            isVisited[root] = true
            placeOnPath[root] = 0
            while let (package, next) = path.last {
                guard next < dependencies[package].count else {
                    placeOnPath[package] = nil
                    path.removeLast()
                    if changes.last == path.count - 1 { changes.removeLast() }
                    continue
                }
                path[path.count - 1].next += 1
                let dependency = dependencies[package][next]
                if let place = placeOnPath[dependency] {
                    try Interruption.check()
                    let change = changes[firstIndex(in: changes, from: place)...].first
                    let from = change.map { path[$0].package } ?? package
                    let to = change.map { path[$0 + 1].package } ?? dependency
                    cut.insert(!isNoArch[from] && isNoArch[to] ? Edge(from: from, to: to) : Edge(from: to, to: from))
                } else if !isVisited[dependency] {
                    isVisited[dependency] = true
                    placeOnPath[dependency] = path.count
                    if isNoArch[package] != isNoArch[dependency] { changes.append(path.count - 1) }
                    path.append((dependency, 0))
                }
            }
        }
        return cut
    }

    /// The index of the first number that is at least `least`; the numbers are sorted.
    private func firstIndex(in numbers: [Int], from least: Int) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < least { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func emit(cutting cut: Set<Edge>) -> [Int] {
        let kept = dependencies.enumerated().map { package, list in
            Set(list.filter { !cut.contains(Edge(from: package, to: $0)) }).sorted()
        }
        let needed = Set(kept.joined())
        enum Step { case visit(Int), emit(Int) }
        var stack: [Step] = names.indices.filter { !needed.contains($0) }.map { .visit($0) }
        var isSeen = [Bool](repeating: false, count: names.count)
        var order: [Int] = []
        while order.count < names.count {
            if stack.isEmpty { stack = names.indices.filter { !isSeen[$0] }.map { .visit($0) } }
            switch stack.removeLast() {
            case .emit(let package): order.append(package)
            case .visit(let package):
                if isSeen[package] { continue }
                isSeen[package] = true
                stack.append(.emit(package))
                stack.append(contentsOf: kept[package].map { .visit($0) })
            }
        }
        return order
    }
}
