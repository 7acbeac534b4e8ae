import CondaModel
import Support

/// The order packages take precedence in: dependencies before dependents, independent ones from last to first name
/// (docs/spec/install.md#order). Does not depend on the order of the input.
struct DependencyOrder {
    /// Sorted names.
    private let names: [ByteString]
    /// Whether the package of each name is noarch.
    private let isNoArch: [Bool]
    /// The installed dependencies of each package in the order of its `depends`.
    private let dependencies: [[Int]]

    init(_ records: [PackageRecord]) {
        // Numbers are sorted, as records are large.
        let given = records.map { ByteString($0.name) }
        let sorted = given.indices.sorted { given[$0] < given[$1] }
        names = sorted.map { given[$0] }
        isNoArch = sorted.map { records[$0].noarch.isNoArch }
        var places: [ByteString: Int] = Dictionary(minimumCapacity: names.count)
        places.merge(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        dependencies = sorted.map { number in
            records[number].depends.compactMap { places[DependencyOrder.dependencyName($0)] }
        }
    }

    /// The name a dependency begins with, in lower case.
    static func dependencyName(_ dependency: String) -> ByteString {
        let ends = Set("><=!~;[".utf8)
        let name = dependency.unicodeScalars.prefix { scalar in
            !scalar.properties.isWhitespace && !(scalar.isASCII && ends.contains(UInt8(scalar.value)))
        }
        return ByteString(String(name).lowercased())
    }

    /// Names of packages; of several that own a path the last one of them wins.
    func order() throws -> [ByteString] { try emit(cutting: cutEdges()).map { names[$0] } }

    private struct Edge: Hashable {
        let from: Int
        let to: Int
    }

    /// One edge of each cycle a depth-first walk meets: where an arch package needs a noarch one, or the reverse, else
    /// that which closes it.
    private func cutEdges() throws -> Set<Edge> {
        var cut: Set<Edge> = []
        var isVisited = [Bool](repeating: false, count: names.count)
        var placeOnPath = [Int?](repeating: nil, count: names.count)
        for root in names.indices where !isVisited[root] {
            var path: [(package: Int, next: Int)] = [(root, 0)]
            /// The places on the path whose package is of another kind than the one behind it. A cycle is a part of the
            /// path, and would be walked over again for each dependency that closes one.
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

    /// The index of the first of the sorted numbers that is at least `least`.
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
