import CondaModel
import Support

/// The order packages take precedence in: dependencies before dependents, independent ones from last to first name
/// (spec install §4.2). Does not depend on the order of the input.
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
    func order() -> [ByteString] { emit(cutting: cutEdges()).map { names[$0] } }

    private struct Edge: Hashable {
        let from: Int
        let to: Int
    }

    /// One edge of each cycle a depth-first walk meets.
    private func cutEdges() -> Set<Edge> {
        var cut: Set<Edge> = []
        for cycle in cycles() {
            for (index, first) in cycle.enumerated() {
                let second = cycle[(index + 1) % cycle.count]
                if !isNoArch[first] && isNoArch[second] {
                    cut.insert(Edge(from: first, to: second))
                    break
                }
                if isNoArch[first] && !isNoArch[second] || index == cycle.count - 1 {
                    cut.insert(Edge(from: second, to: first))
                    break
                }
            }
        }
        return cut
    }

    private func cycles() -> [[Int]] {
        var cycles: [[Int]] = []
        var isVisited = [Bool](repeating: false, count: names.count)
        var placeOnPath = [Int?](repeating: nil, count: names.count)
        for root in names.indices where !isVisited[root] {
            var path: [(package: Int, next: Int)] = [(root, 0)]
            isVisited[root] = true
            placeOnPath[root] = 0
            while let (package, next) = path.last {
                guard next < dependencies[package].count else {
                    placeOnPath[package] = nil
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let dependency = dependencies[package][next]
                if let place = placeOnPath[dependency] {
                    cycles.append(path[place...].map(\.package))
                } else if !isVisited[dependency] {
                    isVisited[dependency] = true
                    placeOnPath[dependency] = path.count
                    path.append((dependency, 0))
                }
            }
        }
        return cycles
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
