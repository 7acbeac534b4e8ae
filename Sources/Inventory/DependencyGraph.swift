import CondaModel
import Support

/// Which packages of a set depend on which others of it.
public struct DependencyGraph: Sendable {
    /// For each item the indices of the items it depends on, in ascending order. Dependencies that are not in the set,
    /// such as the virtual package `__glibc`, are left out.
    let dependencies: [[Int]]

    /// Reads `depends` of every item; wheels' requirements are evaluated for the Python and the platform of the set.
    public init(_ inventory: Inventory) {
        let items = inventory.items
        var conda: [CondaName: Int] = [:]
        var distributions: [PyPIName: Int] = [:]
        for (place, item) in items.enumerated() {
            guard let name = item.name.conda else { continue }
            conda[name.lowercased] = place
            for name in DependencyGraph.distributions(of: item) { distributions[name] = place }
        }
        for (place, item) in items.enumerated() {
            if let name = item.name.pypi { distributions[name] = place }
        }
        let wheels = WheelNeeds(inventory)
        dependencies = items.enumerated().map { place, item in
            let needed: [Int] =
                switch item.kind {
                case .conda:
                    item.depends.compactMap { spec in
                        (try? MatchSpec(spec)).flatMap { conda[$0.name] }
                    }
                case .pypi: wheels.requirements(of: item).compactMap { distributions[$0.name] }
                }
            return Set(needed).subtracting([place]).sorted()
        }
    }

    /// The indices of the items that no other item depends on. Of a cycle that nothing else depends on, the first item.
    var roots: [Int] {
        let needed = Set(dependencies.joined())
        var roots = dependencies.indices.filter { !needed.contains($0) }
        var seen = Set<Int>()
        for root in roots { mark(root, &seen) }
        for item in dependencies.indices where !seen.contains(item) {
            roots.append(item)
            mark(item, &seen)
        }
        return roots.sorted()
    }

    private func mark(_ item: Int, _ seen: inout Set<Int>) {
        var open = [item]
        while let next = open.popLast() {
            if seen.insert(next).inserted { open += dependencies[next] }
        }
    }

    /// The Python distributions that a conda package provides: by its package URLs, else by its name.
    private static func distributions(of item: Inventory.Item) -> [PyPIName] {
        guard let purls = item.purls else { return (try? PyPIName(item.name.text)).map { [$0] } ?? [] }
        return purls.compactMap { text in
            guard text.hasPrefix("pkg:pypi/") else { return nil }
            let name = text.dropFirst("pkg:pypi/".count).prefix { $0 != "?" && $0 != "#" && $0 != "@" }
            return try? PyPIName(String(name))
        }
    }
}

/// What wheels require in the environment, including the extras that others ask for.
private struct WheelNeeds {
    private let environment: MarkerEnvironment?
    private var all: [PyPIName: [PEP508Requirement]] = [:]
    private var extras: [PyPIName: Set<PyPIName>] = [:]

    init(_ inventory: Inventory) {
        environment = inventory.python.flatMap { try? PEP440Version($0) }.map {
            MarkerEnvironment(python: $0, platform: inventory.platform)
        }
        let wheels = inventory.items.filter { $0.kind == .pypi }
        for wheel in wheels {
            guard let name = wheel.name.pypi else { continue }
            all[name] = wheel.depends.compactMap { try? PEP508Requirement($0) }
        }
        // One extra may ask for others, also of other wheels. Each change is followed once.
        var open = Array(all.keys)
        while let name = open.popLast() {
            for requirement in requirements(of: name) where !requirement.extras.isEmpty {
                let before = extras[requirement.name]?.count ?? 0
                extras[requirement.name, default: []].formUnion(requirement.extras)
                if extras[requirement.name]?.count != before { open.append(requirement.name) }
            }
        }
    }

    func requirements(of wheel: Inventory.Item) -> [PEP508Requirement] {
        wheel.name.pypi.map(requirements) ?? []
    }

    private func requirements(of name: PyPIName) -> [PEP508Requirement] {
        guard let environment else { return [] }
        return (all[name] ?? []).filter { $0.applies(in: environment, extras: extras[name] ?? []) }
    }
}
