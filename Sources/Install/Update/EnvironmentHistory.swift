import CondaModel
import Support

/// The entries of `conda-meta/history`: when which packages came and went, and which of them were asked for. conda and
/// mamba keep what was asked for when they change an environment, and remove what nothing asked for needs any more.
///
///     ==> 2026-01-31 23:59:59 <==
///     # cmd: pixi-unpack
///     +conda-forge/linux-64::python-3.13.1-h9a34b6e_5_cp313
///     # update specs: ['python >=3.13']
struct EnvironmentHistory {
    /// A package in the form of an entry: `conda-forge/linux-64::python-3.13.1-h9a34b6e_5_cp313`.
    struct Package: Hashable {
        let text: ByteString

        init(channel: String, subdir: String, identity: String) {
            let folder = subdir.isEmpty ? "" : "/\(subdir)"
            let line = "\(PackageOrigin.name(ofChannel: channel))\(folder)::\(identity)"
            // Records of others may have anything.
            text = ByteString(line.utf8.filter { $0 >= 0x20 })
        }

        fileprivate init(_ text: ArraySlice<UInt8>) { self.text = ByteString(text) }
    }

    /// All entries.
    private(set) var bytes: [UInt8]

    /// No entries.
    static let empty = EnvironmentHistory(bytes: [])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The entries an environment has, whoever wrote them. Text before the first entry is skipped.
    static func read(_ environment: ByteString) throws -> EnvironmentHistory {
        guard
            let text = try OwnFile.read(
                environment.appending(path: EnvironmentState.path), limit: EnvironmentState.mostBytes, ofAnybody: true)
        else { return .empty }
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].starts(with: heading) {
                var entries = Array(text[start...])
                if entries.last != newline { entries.append(newline) }
                return EnvironmentHistory(bytes: entries)
            }
            start = text[start...].firstIndex(of: newline).map { $0 + 1 } ?? text.endIndex
        }
        return .empty
    }

    private static let newline = UInt8(ascii: "\n")
    private static let heading = Array("==> ".utf8)
    private static let requests: [[UInt8]] = ["update", "install", "create"].map { Array("# \($0) specs: [".utf8) }

    /// Adds an entry if the packages are others than those of the last one.
    ///
    /// - Parameters:
    ///   - packages: those the environment has now.
    ///   - requested: match specs of the packages that were asked for.
    ///   - time: in seconds since 1970.
    mutating func note(_ packages: [Package], requested: [String], time: Int64) {
        let (before, now) = (state, Set(packages))
        if before == now && !bytes.isEmpty { return }
        let moment = CalendarTime(time)
        var lines = [ByteString("==> \(moment.date) \(moment.time) <=="), "# cmd: pixi-unpack"]
        lines += before.subtracting(now).map(\.text).sorted().map { "-" + $0 }
        lines += now.subtracting(before).map(\.text).sorted().map { "+" + $0 }
        let names = Set(requested.compactMap(Self.name(of:)))
        let gone = requestedNames.subtracting(names).sorted()
        if !gone.isEmpty { lines.append(Self.list("remove", gone.map { ByteString($0.text) })) }
        if !requested.isEmpty { lines.append(Self.list("update", requested.map { ByteString($0) })) }
        for line in lines { bytes += line.bytes + [Self.newline] }
    }

    private static func list(_ action: String, _ specs: [ByteString]) -> ByteString {
        var line: ByteString = ByteString("# \(action) specs: [")
        for (index, spec) in specs.enumerated() { line = line + (index == 0 ? "'" : ", '") + spec + "'" }
        return line + "]"
    }

    /// The packages after the last entry.
    private var state: Set<Package> {
        var packages: Set<Package> = []
        for line in bytes.split(separator: Self.newline) {
            switch line.first {
            case UInt8(ascii: "+"): packages.insert(Package(line.dropFirst()))
            case UInt8(ascii: "-"): packages.remove(Package(line.dropFirst()))
            default: break
            }
        }
        return packages
    }

    /// The names of what was ever asked for.
    private var requestedNames: Set<CondaName> {
        var names: Set<CondaName> = []
        for line in bytes.split(separator: Self.newline) {
            guard let start = Self.requests.first(where: { line.starts(with: $0) }) else { continue }
            for spec in Self.quoted(line.dropFirst(start.count)) {
                // Other programs may write more, such as URLs of packages, which readers of our entries may not
                // understand.
                if let name = Self.name(of: String(decoding: spec, as: UTF8.self)), CondaName.isPlain(name.text.utf8) {
                    names.insert(name)
                }
            }
        }
        return names
    }

    /// The texts of a list, as Python (conda) and C++ (`std::quoted` of mamba) write it: `['b[build="x"]', "c[build=\"x\"]"]`.
    private static func quoted(_ list: some Sequence<UInt8>) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var quote: UInt8?
        var isEscaped = false
        for byte in list {
            if let end = quote {
                if isEscaped || byte != UInt8(ascii: "\\") && byte != end {
                    texts[texts.count - 1].append(byte)
                    isEscaped = false
                } else if byte == end {
                    quote = nil
                } else {
                    isEscaped = true
                }
            } else if "'\"".utf8.contains(byte) {
                quote = byte
                texts.append([])
            }
        }
        return texts
    }

    private static func name(of spec: String) -> CondaName? {
        DependencyOrder.dependencyName(spec.split(separator: ":").last.map(String.init) ?? spec)
    }
}

extension EnvironmentHistory {
    /// The packages taken to be asked for if nothing says so: those that no other package needs, and Python, which
    /// wheels need.
    static func requested(of records: [PackageRecord]) -> [String] {
        var needs: [CondaName: [CondaName]] = [:]
        for record in records {
            needs[record.name] = record.depends.compactMap(DependencyOrder.dependencyName).filter { $0 != record.name }
        }
        let needed = Set(needs.values.joined())
        var requested = Set(needs.keys.filter { !needed.contains($0) || $0 == .python })
        // Packages that need each other in a circle may be needed by no other package.
        var reached: Set<CondaName> = []
        var waiting = Array(requested)
        var others = needs.keys.sorted()[...]
        while true {
            while let name = waiting.popLast() {
                guard reached.insert(name).inserted else { continue }
                waiting += needs[name] ?? []
            }
            guard let next = others.popFirst() else { break }
            if reached.contains(next) { continue }
            requested.insert(next)
            waiting = [next]
        }
        return requested.sorted().map(\.text)
    }

    /// A match spec that conda and mamba read from a list of quoted texts; nil if it has other characters than they need.
    static func readable(_ spec: String) -> String? {
        let plain = spec.utf8.allSatisfy {
            isASCIILetter($0) || isASCIIDigit($0) || " ._-+!*<>=,|~".utf8.contains($0)
        }
        return plain ? spec : nil
    }
}
