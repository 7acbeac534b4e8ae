import CLibDeflate
import CondaModel
import Support
import TestKit

@testable import Archive
@testable import Install

/// What is computed in two ways and must come out equal.
let differentialTargets: [String: any FuzzTarget] = [
    "inflate": Reading { input in
        guard let first = input.first else { return }
        let packed = Array(input.dropFirst())
        let whole = inflateWhole(packed)
        let pieces = try? inflateInPieces(packed, input: 1 + Int(first & 15), output: 1 + Int(first >> 4) * 37)
        // libdeflate takes tables of codes with more lengths than they announce, which zlib calls damaged. Of what it cannot
        // decode into the room there is, it says nothing.
        if let whole, let pieces { require(pieces == whole, "zlib's pieces are libdeflate's whole") }
        if whole == nil, let pieces { require(pieces.count > mostInflated, "what libdeflate refuses zlib refuses") }
    },
    "patching": Reading { input in
        var choices = Choices(input)
        let placeholder = ByteString(choices.bytes().prefix(40))
        let prefix = ByteString(choices.bytes().prefix(60).filter { $0 != 0 })
        let step = 1 + choices.number(below: 64)
        if placeholder.isEmpty { return }
        var content: [UInt8] = []
        while !choices.isAtEnd { content += choices.bytes() + (choices.number(below: 3) == 1 ? placeholder.bytes : []) }
        for platform in [Platform.linux64, .win64] {
            func text(_ step: Int) throws -> [UInt8] {
                var patcher = TextPatcher(placeholder: placeholder, prefix: prefix, platform: platform)
                var result: [UInt8] = []
                try pieces(content, step) { try patcher.update($0) { result.append(contentsOf: $0) } }
                try patcher.finish { result.append(contentsOf: $0) }
                return result
            }
            require(try text(step) == text(content.count + 1), "text is patched alike in any pieces")
        }
        guard prefix.count <= placeholder.count else { return }
        func binary(_ step: Int) throws -> [UInt8] {
            var patcher = try BinaryPatcher(placeholder: placeholder, prefix: prefix)
            var result: [UInt8] = []
            try pieces(content, step) { try patcher.update($0) { result.append(contentsOf: $0) } }
            try patcher.finish { result.append(contentsOf: $0) }
            return result
        }
        let patched = try binary(step)
        require(try patched == binary(content.count + 1), "binaries are patched alike in any pieces")
        require(patched.count == content.count, "a binary keeps its length")
    },
    "links": Reading { input in
        var choices = Choices(input)
        func path() -> String {
            (0...choices.number(below: 4)).map { _ in choices.one(of: ["a", "b", "c", "d", "..", "."]) }
                .joined(separator: "/")
        }
        var tree = LinkTree()
        var links: [RelativePath: ByteString] = [:]
        while !choices.isAtEnd {
            guard let place = try? RelativePath(ByteString(path())) else { continue }
            switch choices.number(below: 4) {
            case 0:
                tree.remove(place)
                links[place] = nil
            case 1:
                let target = ByteString((choices.number(below: 8) == 1 ? "/" : "") + path())
                tree[place] = target
                links[place] = target
            default:
                for last in [false, true] {
                    let found = try tree.resolve(place, followingLast: last)
                    require(found == resolveNaively(place, links, last), "links lead where they lead")
                }
            }
            require(tree[place] == links[place] && tree.isEmpty == links.isEmpty, "a link is what was said last")
        }
    },
    "marker": Reading { input in
        let parts = input.split(separator: 0x0A, maxSplits: 1)
        let requirement = try PEP508Requirement("x; " + String(decoding: parts.first ?? [], as: UTF8.self))
        let extras = try? PyPIName(String(decoding: parts.dropFirst().first ?? [], as: UTF8.self))
        for platform in [Platform.linux64, .win64, .osxArm64] {
            let environment = MarkerEnvironment(python: try PEP440Version("3.12.1"), platform: platform)
            _ = requirement.applies(in: environment, extras: Set(extras.map { [$0] } ?? []))
        }
    },
    "activation-shell": ShellTarget(),
]

/// Sets a variable to the input by an activation script, in a real shell, and compares what arrives.
struct ShellTarget: FuzzTarget {
    func run(_ input: [UInt8]) throws {
        // What has a dollar sign is meant to be expanded; JSON has no other bytes than text.
        let text = String(decoding: input.filter { $0 != 0 && $0 != UInt8(ascii: "$") }.prefix(200), as: UTF8.self)
        let folder = FuzzFolder("shell")
        try folder.clear()
        var writer = JSONWriter()
        writer.object { $0.member("VALUE", text) }
        try folder.write("env/etc/conda/env_vars.d/p.json", writer.bytes)
        let environment = folder.path.appending(path: "env")
        let script = ActivationScript(
            shell: .bash, prefix: environment, sources: try ActivationSources(environmentAt: environment))
        try folder.write("activate.sh", script.bytes)
        let shell = try ChildProcess.run(
            ["/bin/sh", "-c", #". ./activate.sh && printf '%s' "$VALUE""#], environment: ["PATH": "/usr/bin:/bin"],
            in: folder.path)
        require(shell.status == 0 && shell.output.utf8.elementsEqual(text.utf8), "a value arrives as it is")
        require((try? Sys.list(folder.path).count) == 2, "nothing else runs")
    }
}

private let scratch = DecoderScratch()
private let mostInflated = 4 << 20

private func pieces(_ bytes: [UInt8], _ step: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try bytes.withUnsafeBytes { all in
        for start in stride(from: 0, to: all.count, by: step) {
            try body(UnsafeRawBufferPointer(rebasing: all[start..<min(all.count, start + step)]))
        }
    }
}

/// Nil if it is no deflated data, or more than fits.
private func inflateWhole(_ packed: [UInt8]) -> [UInt8]? {
    let decoder = libdeflate_alloc_decompressor()
    defer { libdeflate_free_decompressor(decoder) }
    var isGood = false
    let result = [UInt8](unsafeUninitializedCapacity: mostInflated) { buffer, count in
        isGood =
            libdeflate_deflate_decompress(decoder, packed, packed.count, buffer.baseAddress, mostInflated, &count)
            == LIBDEFLATE_SUCCESS
        if !isGood { count = 0 }
    }
    return isGood ? result : nil
}

private final class Pieces: BlockSource {
    private let bytes: UnsafeMutableRawBufferPointer
    private let size: Int
    private var position = 0

    init(_ bytes: [UInt8], size: Int) {
        self.bytes = .allocate(byteCount: bytes.count, alignment: 1)
        self.bytes.copyBytes(from: bytes)
        self.size = size
    }

    deinit { bytes.deallocate() }

    func nextBlock() -> UnsafeRawBufferPointer {
        let end = min(bytes.count, position + size)
        defer { position = end }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }
}

private func inflateInPieces(_ packed: [UInt8], input: Int, output: Int) throws -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: output, alignment: 64)
    defer { buffer.deallocate() }
    let source = try InflateSource(Pieces(packed, size: input), scratch: scratch, buffer: buffer)
    var result: [UInt8] = []
    while result.count <= mostInflated {
        let block = try source.nextBlock()
        if block.isEmpty { return result }
        result.append(contentsOf: block)
    }
    return result
}

/// As `LinkTree.resolve`, with a table of whole paths.
private func resolveNaively(_ path: RelativePath, _ links: [RelativePath: ByteString], _ last: Bool) -> RelativePath? {
    func joined(_ names: [ByteString]) -> RelativePath? {
        try? RelativePath(ByteString(names.map(\.bytes).joined(separator: [UInt8(ascii: "/")])))
    }
    var (done, rest, followed) = ([ByteString](), Array(path.components.reversed()), 0)
    while let name = rest.popLast() {
        if name == "." || name.isEmpty { continue }
        if name == ".." {
            if done.popLast() == nil { return nil }
            continue
        }
        done.append(name)
        guard let here = joined(done), let target = links[here], last || !rest.isEmpty else { continue }
        followed += 1
        if followed > 40 || target.bytes.first == UInt8(ascii: "/") { return nil }
        done.removeLast()
        rest += target.bytes.split(separator: UInt8(ascii: "/")).reversed().map { ByteString($0) }
    }
    return joined(done)
}
