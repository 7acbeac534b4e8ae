import Archive
import CondaModel
import Support

/// The wheels that `environment.yml` of a pack names, by which a pack without a list of its files tells what `pypi` has.
struct PipPart: Sendable, Equatable {
    /// Normalised names and versions as written.
    private(set) var wheels: [(name: PyPIName, version: String)] = []

    static func == (left: PipPart, right: PipPart) -> Bool {
        left.wheels.elementsEqual(right.wheels) { $0.name == $1.name && $0.version == $1.version }
    }

    /// - Returns: nil if the pack has no such file, or it has no part for pip.
    /// - Throws: `Failure` if the file cannot be read.
    init?(of pack: PackReader) throws {
        guard let member = pack["environment.yml"] else { return nil }
        self.init(try describing("could not read environment.yml of '\(pack.path)'") { try member.document() })
        guard wheels.count <= PipPart.mostWheels else {
            throw Failure(
                "environment.yml of '\(pack.path)' names more than \(PipPart.mostWheels) wheels",
                remedy: .getPackAgain, kind: .integrity)
        }
    }

    /// Reads what pixi-pack writes: `- pip:`, and below it further in `- name==version`.
    init?(_ text: [UInt8]) {
        var depth: Int?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let blanks = line.prefix { $0 == UInt8(ascii: " ") }.count
            let rest = line.dropFirst(blanks)
            guard let start = depth else {
                if rest.elementsEqual("- pip:".utf8) { depth = blanks }
                continue
            }
            guard blanks > start, rest.starts(with: "- ".utf8) else { break }
            let requirement = String(decoding: rest.dropFirst(2), as: UTF8.self).parts(between: "==", maxSplits: 1)
            guard requirement.count == 2, let name = try? PyPIName(requirement[0]) else { continue }
            wheels.append((name, requirement[1]))
            if wheels.count > PipPart.mostWheels { break }
        }
        if depth == nil { return nil }
    }

    /// Which of the wheels the pack lacks, and which wheels it has besides; a line each.
    func problems(of pack: PackReader) -> [Message] {
        var present: [PyPIName: [(member: PackMember, version: PEP440Version)]] = [:]
        for member in pack.members where member.name.parent?.bytes == "pypi" {
            guard let wheel = try? WheelName(member.name.lastComponent.lossyString) else { continue }
            present[wheel.name, default: []].append((member, wheel.version))
        }
        var problems: [Message] = []
        // A name may be there with several versions, of which one wheel is enough.
        var versions: [PyPIName: Set<String>] = [:]
        for (name, version) in wheels { versions[name, default: []].insert(version) }
        for (name, version) in wheels {
            guard let found = present.removeValue(forKey: name) else {
                if let named = versions[name], named.count > 1 { continue }
                problems.append("pypi: the wheel \(name.text)==\(version), which environment.yml names, is missing")
                continue
            }
            // Wheels whose version the lock file does not know have one of these.
            guard let expected = try? PEP440Version(version), !PipPart.placeholders.contains(version),
                let first = found.first, !found.contains(where: { $0.version == expected })
            else { continue }
            problems.append("\(first.member.name): environment.yml names version \(version)")
        }
        for member in present.values.flatMap({ $0 }).map(\.member.name).sorted() {
            problems.append("\(member): environment.yml does not name it")
        }
        return problems
    }

    private static let placeholders = ["0a0.dev0"]
    /// Far more than any index could resolve, and no burden for the memory.
    private static let mostWheels = 100_000

    /// - Throws: `Failure` naming the wheels that are missing or too many.
    static func check(_ pack: PackReader) throws {
        guard let problems = try PipPart(of: pack)?.problems(of: pack), !problems.isEmpty else { return }
        throw Failure(
            "'\(pack.path)' is damaged: \(problems.prefix(20).joined(separator: "; "))"
                + (problems.count > 20 ? "; and \(problems.count - 20) more" : ""),
            remedy: .getPackAgain, kind: .integrity)
    }
}
