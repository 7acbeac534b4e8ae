import Support
import TestKit
import Testing

@testable import Archive

/// Our decoder beside libbz2: equal bytes for what is whole, equal errors for what is not.
@Suite struct Bzip2SourceTests {
    /// What a decoder made of a file: its bytes, or those before the error and its text.
    struct Outcome: Equatable {
        var bytes: [UInt8] = []
        var error: String?
    }

    let directory: TemporaryDirectory
    let scratch = DecoderScratch()

    init() throws { directory = try TemporaryDirectory() }

    private func slice(_ bytes: [UInt8]) throws -> FileSlice {
        try File.open(directory.write("data.bz2", bytes)).slice()
    }

    private func library(_ bytes: [UInt8]) throws -> Outcome {
        let source = LibBzip2Source(
            FileBlockSource(try slice(bytes), buffer: scratch.input.bytes), scratch: scratch)
        return outcome {
            let output = scratch.output.bytes
            let count = try source.decode(into: output)
            return UnsafeRawBufferPointer(rebasing: output[..<count])
        }
    }

    private func ours(_ bytes: [UInt8], scratch: DecoderScratch? = nil) throws -> Outcome {
        let source = Bzip2Source(try slice(bytes), scratch: scratch ?? self.scratch)
        return outcome { try source.nextBlock() }
    }

    private func outcome(_ next: () throws -> UnsafeRawBufferPointer) -> Outcome {
        var outcome = Outcome()
        do {
            while case let block = try next(), !block.isEmpty { outcome.bytes.append(contentsOf: block) }
        } catch {
            outcome.error = "\(error)"
        }
        return outcome
    }

    /// Whether both make the same of it; returns what.
    @discardableResult
    private func agree(
        _ bytes: [UInt8], _ what: @autoclosure () -> String, location: SourceLocation = #_sourceLocation
    ) throws -> Outcome {
        let (expected, found) = (try library(bytes), try ours(bytes))
        // Not the outcomes themselves: a report of their bytes would be endless.
        let isEqual = expected == found
        #expect(isEqual, "\(what()): \(expected.error ?? "whole"), \(found.error ?? "whole")", sourceLocation: location)
        return expected
    }

    /// Texts of many kinds by number: noise, few values, words, runs, periods.
    private static func text(_ kind: Int, _ count: Int) -> [UInt8] {
        var noise = SeededGenerator(seed: UInt64(kind) &* 0x9E37_79B9_7F4A_7C15 | 1)
        switch kind % 6 {
        case 0: return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &noise) }
        case 1: return (0..<count).map { _ in UInt8.random(in: 97...98, using: &noise) }
        case 2:
            let words = (0..<500).map { _ in
                (0..<Int.random(in: 1...9, using: &noise)).map { _ in UInt8.random(in: 97...122, using: &noise) } + [32]
            }
            var bytes: [UInt8] = []
            while bytes.count < count { bytes += words[Int.random(in: 0..<words.count, using: &noise)] }
            return Array(bytes[..<count])
        case 3:
            var bytes: [UInt8] = []
            while bytes.count < count {
                let length = Int.random(in: 1...600, using: &noise)
                bytes += [UInt8](repeating: UInt8.random(in: 0...3, using: &noise), count: length)
            }
            return Array(bytes[..<count])
        case 4: return (0..<count).map { UInt8(truncatingIfNeeded: $0 % 7) }
        default: return [UInt8](repeating: 65, count: count)
        }
    }

    @Test("bzip2: texts of all kinds and lengths, all block sizes", arguments: 1...9)
    func texts(_ level: Int) throws {
        for kind in 0..<6 {
            for count in [0, 1, 2, 4, 5, 50, 255, 260, 4096, 9000] + (kind == level % 6 ? [130_001] : []) {
                let text = Self.text(kind + level * 6, count)
                let outcome = try agree(Compression.bzip2(text, level: Int32(level)), "kind \(kind), \(count) bytes")
                let isSame = outcome == Outcome(bytes: text)
                #expect(isSame, "kind \(kind), \(count) bytes")
            }
        }
    }

    @Test("bzip2: several blocks, several streams, bytes behind them")
    func streams() throws {
        let long = Compression.bzip2(Self.text(2, 1_900_000))
        try agree(long, "three blocks")
        try agree(Compression.bzip2(Self.text(0, 250_000), level: 1), "incompressible blocks")
        try agree(Compression.bzip2(Self.text(5, 5_500_000), level: 1), "a run of many blocks' bytes")
        let streams =
            Compression.bzip2(Self.text(2, 250_000), level: 1) + Compression.bzip2([]) + long
            + Compression.bzip2(Self.text(3, 1000), level: 5)
        #expect(try agree(streams, "four streams").error == nil)
        for tail in ["", "B", "BZ", "BZh", "BZh9", "BZh91", "BZh0", "garbage and more", "\0\0\0\0\0"] {
            try agree(streams + Array(tail.utf8), "streams, then '\(tail)'")
            try agree(Array(tail.utf8), "only '\(tail)'")
        }
    }

    @Test("bzip2: cut off anywhere", arguments: [1, 3, 12])
    func truncation(_ kind: Int) throws {
        let whole = Compression.bzip2(Self.text(kind, 300)) + Compression.bzip2(Self.text(kind + 1, 100), level: 1)
        for count in 0..<whole.count {
            try agree(Array(whole[..<count]), "kind \(kind), \(count) bytes of \(whole.count)")
        }
    }

    @Test("bzip2: any bit turned over", arguments: [2, 3, 12])
    func flips(_ kind: Int) throws {
        let whole = Compression.bzip2(Self.text(kind, 120)) + Compression.bzip2(Self.text(kind, 20), level: 3)
        for bit in 0..<(whole.count * 8) {
            var damaged = whole
            damaged[bit >> 3] ^= 0x80 >> UInt8(bit & 7)
            try agree(damaged, "kind \(kind), bit \(bit)")
        }
    }

    @Test("bzip2: damage in large blocks", arguments: 0..<9)
    func damage(_ seed: Int) throws {
        var noise = SeededGenerator(seed: UInt64(seed) &* 77 &+ 5)
        var bytes = Compression.bzip2(Self.text([0, 2, 3][seed % 3], 150_000), level: 1)
        for _ in 0..<Int.random(in: 1...3, using: &noise) {
            bytes[Int.random(in: 0..<bytes.count, using: &noise)] ^= UInt8.random(in: 1...255, using: &noise)
        }
        try agree(bytes, "seed \(seed)")
    }

    @Test("bzip2: spare hands decode ahead, marks inside of blocks notwithstanding")
    func ahead() throws {
        let text = Self.text(2, 500_000) + Self.text(3, 300_000) + Self.text(0, 250_000)
        let whole = Compression.bzip2(text, level: 1)
        var damaged = whole
        damaged[whole.count / 2] ^= 16
        // A block's mark in the middle of another block: the block is damaged, not two.
        var marked = whole
        marked.replaceSubrange((whole.count / 3)..<(whole.count / 3 + 6), with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
        let cases = [whole, damaged, marked, Array(whole.dropLast(7)), whole + whole]
        let expected = try cases.map { try library($0) }
        let hands = IdleWorkers()
        let team = DecoderTeam(idleWorkers: hands)
        let outcomes = Locked<[Outcome?]>(Array(repeating: nil, count: cases.count))
        try WorkerPool(width: 4).forEach(count: 1, idleWorkers: hands) { _, _ in
            while hands.count < 3 {}
            for (index, bytes) in cases.enumerated() {
                let outcome = try ours(bytes, scratch: DecoderScratch(team: team))
                outcomes.withLock { $0[index] = outcome }
            }
        }
        for (index, outcome) in outcomes.withLock({ $0 }).enumerated() {
            let isEqual = outcome == expected[index]
            #expect(isEqual, "case \(index): \(outcome?.error ?? "whole"), \(expected[index].error ?? "whole")")
        }
        #expect(outcomes.withLock { $0[0]?.bytes.count } == text.count)
    }

    @Test("bzip2: without memory for more blocks libbz2 does the work")
    func noSlots() throws {
        let team = DecoderTeam()
        let text = Self.text(2, 300_000)
        let taken = (0..<20).compactMap { _ in team.bzip2BlockBuffers.take() }
        #expect(taken.count == 10)
        let outcome = try ours(Compression.bzip2(text), scratch: DecoderScratch(team: team))
        let isSame = outcome == Outcome(bytes: text)
        #expect(isSame)
        taken.forEach { team.bzip2BlockBuffers.giveBack($0) }
    }
}
