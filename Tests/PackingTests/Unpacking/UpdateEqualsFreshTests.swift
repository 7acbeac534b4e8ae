import CondaModel
import Install
import LibC
import Support
import TestKit
import Testing

@testable import Packing

/// The property updates have: whatever was there, unpacking a pack leaves what it leaves in an empty place; paths,
/// kinds, bytes, modes, link texts and records. A third run changes nothing.
@Suite struct UpdateEqualsFreshTests {
    /// How many pairs of states are tried; `make conformance` tries more.
    private static let pairs = environmentValue("PIXI_PACK_UPDATE_PAIRS").flatMap { Int($0.lossyString) } ?? 20

    @Test("an environment after an update equals a fresh one", arguments: 0..<pairs)
    func property(_ number: Int) throws {
        let place = try UpdatedPlace()
        var random = SeededGenerator("pairs", "\(number)")
        // A channel for five pairs: packages of one name and version are the same in all its states.
        var channel = GeneratedChannel(seed: UInt64(number / 5), subdir: Platform.current.rawValue)
        for _ in 0..<(number % 5) * 40 { _ = channel.next() }
        let (old, new, other) = (try place.valid(&channel), try place.valid(&channel), try place.valid(&channel))
        let pair = "\(number): \(old.summary) → \(new.summary)"
        let fresh = try place.fresh(new)

        try place.unpack(old, into: random.happens(25) ? "elsewhere" : "out")
        try place.movesBack()
        try place.addOwnFiles()
        if random.happens(30) { try place.breakOff(random.happens(50) ? new : other, &random) }
        _ = try place.unpack(new)
        var differences = try place.differences(from: fresh)
        #expect(differences == [], "\(pair): \(differences)")
        let third = try place.unpack(new)
        #expect(third.changes.isEmpty, "\(pair): \(third.changes)")
        differences = try place.differences(from: fresh)
        #expect(differences == [], "\(pair), third run: \(differences)")

        try place.damage(&random)
        _ = try place.unpack(new, repairing: true)
        differences = try place.differences(from: fresh)
        #expect(differences == [], "\(pair), repaired: \(differences)")
        #expect(try place.ownFiles() == ["own/notes.txt": "mine", "etc/mine": "mine too"], "\(pair)")
    }
}

/// The same where packages are seldom in each other's way, so that mostly our note tells what an update has to do,
/// and nothing is read of the packages that stay.
@Suite struct NotedUpdateEqualsFreshTests {
    private static let pairs = environmentValue("PIXI_PACK_UPDATE_PAIRS").flatMap { Int($0.lossyString) } ?? 20

    @Test("an environment after updates by note equals a fresh one") func property() throws {
        var byNote = 0
        for number in 0..<Self.pairs {
            let place = try UpdatedPlace()
            var random = SeededGenerator("by note", "\(number)")
            var channel = GeneratedChannel(seed: UInt64(number), subdir: Platform.current.rawValue, sharing: number % 3)
            var states: [GeneratedChannel.State] = []
            for _ in 0..<4 { states.append(try place.valid(&channel)) }
            var freshes: [[ByteString: String]] = []
            for state in states { freshes.append(try place.fresh(state)) }
            try place.unpack(states[0])
            try place.addOwnFiles()
            for (state, fresh) in zip(states, freshes).dropFirst() {
                let breaks = random.happens(10)
                if breaks { try place.breakOff(state, &random) }
                let messages = Messages()
                try place.unpack(state, saying: messages)
                if messages.all.contains(where: { $0.hasPrefix("By our note") }) { byNote += 1 }
                let differences = try place.differences(from: fresh)
                #expect(differences == [], "\(number): \(states.map(\.summary)) to \(state.summary): \(differences)")
                let again = try place.unpack(state)
                #expect(again.changes.isEmpty, "\(number): \(again.changes)")
            }
            #expect(try place.ownFiles() == ["own/notes.txt": "mine", "etc/mine": "mine too"], "\(number)")
        }
        #expect(byNote > Self.pairs, "\(byNote) of \(Self.pairs * 3) updates were made by note")
    }
}

/// One place where packs are unpacked in turn. All packs lie at one path, as records name that.
struct UpdatedPlace {
    let directory: TemporaryDirectory
    private static let own = ["own/notes.txt": "mine", "etc/mine": "mine too"]

    init() throws { directory = try TemporaryDirectory() }

    /// The next state that can be unpacked at all.
    func valid(_ channel: inout GeneratedChannel) throws -> GeneratedChannel.State {
        for _ in 0..<100 {
            let state = channel.next()
            do {
                _ = try fresh(state)
                return state
            } catch let error as Failure
                where "\(error)".contains("a package has a folder in its place")
                || "\(error)".contains("in place of its folder") || "\(error)".contains("and a directory in")
                || "\(error)".contains("there is no place for its")
            {
                continue
            }
        }
        throw Failure("no state of the channel can be unpacked")
    }

    private func write(_ state: GeneratedChannel.State) throws {
        try remove("pack")
        for (path, bytes) in state.members { try directory.write("pack/\(path)", bytes) }
        try directory.write(
            "pack/pixi-pack.json", #"{"version": "1", "platform": "\#(Platform.current.rawValue)"}"#)
    }

    func remove(_ name: String) throws {
        if try Sys.exists(directory(name)) { try RemoveTree.remove(directory(name)) }
    }

    @discardableResult
    func unpack(
        _ state: GeneratedChannel.State, into folder: String = "out", repairing: Bool = false,
        saying reporter: any Reporter = SilentReporter()
    ) throws -> EnvironmentChanges {
        try write(state)
        var options = UnpackOptions()
        options.outputDirectory = directory(folder)
        options.jobs = 2
        options.umask = 0o022
        options.repairs = repairing
        return try Unpacker(options, reporter: reporter).unpack(.path(directory("pack"))).changes
    }

    /// What a state is in an empty place.
    func fresh(_ state: GeneratedChannel.State) throws -> [ByteString: String] {
        defer { try? remove("out") }
        try unpack(state)
        return try tree()
    }

    /// An environment that was made at another place comes here.
    func movesBack() throws {
        if try Sys.exists(directory("elsewhere")) { try Sys.rename(directory("elsewhere"), to: directory("out")) }
    }

    func addOwnFiles() throws {
        for (path, text) in Self.own {
            // The mode a folder of packages would have.
            let folder = directory("out/env/\(path)").parentPath
            if try !Sys.exists(folder) { try Sys.mkdir(folder, mode: 0o755) }
            try directory.write("out/env/\(path)", text)
        }
        // What Python makes.
        for path in try tree().keys where path.hasSuffix(".py") {
            let module = path.lastPathComponent.lossyString.dropLast(3)
            try directory.write("out/env/\(path.parentPath)/__pycache__/\(module).cpython-312.pyc", "byte code")
        }
    }

    func ownFiles() throws -> [String: String] {
        try Self.own.mapValues { _ in "" }.reduce(into: [:]) { result, file in
            result[file.key] = String(decoding: try directory.read("out/env/\(file.key)"), as: UTF8.self)
        }
    }

    /// An update that fails somewhere in the middle: the index has another hash for one package.
    func breakOff(_ state: GeneratedChannel.State, _ random: inout SeededGenerator) throws {
        var members = state.members
        let victims = members.keys.filter { $0.hasSuffix(".conda") }.sorted()
        guard let index = members.keys.first(where: { $0.hasSuffix("repodata.json") }), !victims.isEmpty else { return }
        let digest = SHA256Hasher.hash(members[random.pick(victims)] ?? []).hex
        let zeros = String(repeating: "0", count: digest.utf8.count)
        members[index] = ByteSearch.replacing(Array(digest.utf8), with: Array(zeros.utf8), in: members[index] ?? [])
        #expect { try unpack(.init(summary: "", members: members)) } throws: {
            "\($0)".contains("is damaged: its SHA-256")
        }
    }

    /// Changes and removes files of packages.
    func damage(_ random: inout SeededGenerator) throws {
        for (path, node) in try tree().sorted(by: { $0.key < $1.key }) where random.happens(20) {
            let full = directory("out/env/\(path)")
            guard !path.hasPrefix("conda-meta/"), path != "CACHEDIR.TAG", !path.hasSuffix("RECORD") else { continue }
            if node.hasPrefix("file") {
                if random.happens(50) {
                    try Sys.unlink(full)
                } else {
                    try Sys.unlink(full)
                    try directory.write("out/env/\(path)", "damaged")
                }
            } else if node.hasPrefix("link") {
                try Sys.unlink(full)
            }
        }
    }

    func differences(from fresh: [ByteString: String]) throws -> [String] {
        let now = try tree()
        return Set(now.keys).union(fresh.keys).sorted().filter { now[$0] != fresh[$0] }.prefix(8).map {
            "\($0): \(now[$0] ?? "nothing") instead of \(fresh[$0] ?? "nothing")"
        }
    }

    /// Everything but own files, what Python made, and folders that are only there for these.
    func tree() throws -> [ByteString: String] {
        var nodes: [ByteString: String] = [:]
        var kept: Set<ByteString> = []
        var waiting: [ByteString] = [""]
        while let folder = waiting.popLast() {
            for name in try Sys.list(directory("out/env").appending(path: folder)) {
                let path = folder.isEmpty ? name : folder.appending(path: name)
                let full = directory("out/env").appending(path: path)
                let status = try Sys.stat(full, followLinks: false)
                let mode = String(UInt32(status.st_mode) & 0o7777, radix: 8)
                switch status.st_mode & S_IFMT {
                case S_IFDIR:
                    waiting.append(path)
                    nodes[path] = "folder \(mode)"
                case S_IFLNK: nodes[path] = "link \(try Sys.readlink(full))"
                default:
                    if Self.own[path.lossyString] != nil || path.hasSuffix(".pyc") {
                        kept.insert(path)
                        continue
                    }
                    var text = String(decoding: try File.open(full).slice().readAll(), as: UTF8.self)
                    // What came when is another story.
                    if path == "conda-meta/history" { text = String(text.prefix { $0 != "=" }) }
                    if path.hasPrefix("conda-meta/"), path.hasSuffix(".json") {
                        #expect(try RecordRules.problems(JSONDocument(Array(text.utf8)).root) == [], "\(path)")
                    }
                    nodes[path] = "file \(mode) \(text)"
                }
            }
        }
        for path in kept {
            if path.hasSuffix(".pyc") {
                let module = path.lastPathComponent.lossyString.split(separator: ".").first.map {
                    ByteString("\($0).py")
                }
                let source = module.map { path.parentPath.parentPath.appending(path: $0) }
                if source.flatMap({ nodes[$0] }) == nil { nodes[path] = "byte code of nothing" }
            }
            var folder = path.parentPath
            while !folder.isEmpty, folder != ".", !nodes.keys.contains(where: { $0.hasPrefix(folder + "/") }) {
                nodes[folder] = nil
                folder = folder.parentPath
            }
        }
        return nodes
    }
}
