import CondaModel
import LibC
import Support
import TestKit
import Testing

@testable import Archive
@testable import Install
@testable import Packing

@Suite("Unpacking while a pack arrives") struct UnpackWhileArrivingTests {
    /// The pack as what nobody else will read.
    private func spool(_ place: UpdatedPlace) throws -> (pack: PackReader, room: SpoolRoom) {
        let path = place.directory("pack")
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        return (try PackReader.open(file.slice()), SpoolRoom(file, width: 2))
    }

    @Test(
        "what was unpacked before all had come is as if it had come at once, and is not read again", arguments: 0..<20)
    func property(_ number: Int) throws {
        let place = try UpdatedPlace()
        var channel = GeneratedChannel(seed: UInt64(number), subdir: Platform.current.rawValue)
        for _ in 0..<number { _ = channel.next() }
        let state = try place.valid(&channel)
        try place.remove("pack")
        try place.writeTar(state)
        let options = place.options

        _ = try Unpacker(options, reporter: SilentReporter()).unpack(.path(place.directory("pack")))
        let whole = try place.tree()
        try place.remove("out")

        var unpacker = Unpacker(options, reporter: SilentReporter())
        let staging = try #require(try unpacker.makeStaging())
        let (pack, room) = try spool(place)
        var taken = 0
        for member in pack.members {
            let file = ArrivedFile(path: member.name, content: try member.open(), room: room)
            room.add(file.content)
            if staging.take(file) { taken += 1 } else { room.remove(file.content) }
        }
        let packages = pack.members.count { [".conda", ".tar.bz2", ".whl"].contains(where: $0.name.bytes.hasSuffix) }
        // Those that have a file below a link of their own are left to the usual way.
        #expect(staging.settle() * 4 >= packages * 3, "\(state.summary)")
        try room.wait()
        // All was done with; what was unpacked is zeros now.
        #expect(taken == packages && room.released > 0)
        unpacker.staging = staging
        _ = try unpacker.unpack(pack.knowing { staging.digest(of: $0) })
        staging.discard()
        #expect(try place.differences(from: whole) == [], "\(state.summary)")
        #expect(try Sys.list(place.directory.path).sorted() == ["out", "pack"])
    }

    @Test("a pack whose packages are not those of its index is refused as if it had come at once")
    func damaged() throws {
        let place = try UpdatedPlace()
        var channel = GeneratedChannel(seed: 1, subdir: Platform.current.rawValue)
        let state = try place.valid(&channel)
        let victim = try #require(state.members.keys.filter { $0.hasSuffix(".conda") }.min())
        let digest = SHA256Hasher.hash(state.members[victim] ?? []).hex
        let zeros = String(repeating: "0", count: digest.utf8.count)
        let members = state.members.mapValues {
            ByteSearch.replacing(Array(digest.utf8), with: Array(zeros.utf8), in: $0)
        }
        try place.remove("pack")
        try place.writeTar(.init(summary: "", members: members))
        var unpacker = Unpacker(place.options, reporter: SilentReporter())
        let staging = try #require(try unpacker.makeStaging())
        let pack = try PackReader.open(place.directory("pack"))
        for member in pack.members { _ = staging.take(ArrivedFile(path: member.name, content: try member.open())) }
        _ = staging.settle()
        unpacker.staging = staging
        #expect { try unpacker.unpack(pack) } throws: { "\($0)".contains("is damaged: its SHA-256 is \(digest)") }
        staging.discard()
        #expect(try Sys.list(place.directory.path) == ["pack"])
    }
}

extension UpdatedPlace {
    fileprivate var options: UnpackOptions {
        var options = UnpackOptions()
        options.outputDirectory = directory("out")
        options.jobs = 2
        options.umask = 0o022
        return options
    }

    fileprivate func writeTar(_ state: GeneratedChannel.State) throws {
        let text = #"{"version": "1", "platform": "\#(Platform.current.rawValue)"}"#
        let members = state.members.merging(["pixi-pack.json": Array(text.utf8)]) { first, _ in first }
        let entries = try members.map { PackEntry(try RelativePath(ByteString($0)), .bytes($1)) }
        _ = try TarPackWriter(entries, at: directory("pack")).finish()
    }
}
