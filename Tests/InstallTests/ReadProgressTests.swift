import Testing

@testable import Install

@Suite("How far a step has read its archive")
struct ReadProgressTests {
    private func told(of size: Int64, _ body: (ReadProgress) -> Void) -> [Int64] {
        var told: [Int64] = []
        let progress = ReadProgress(of: size) { told.append($0) }
        body(progress)
        progress.end()
        return told
    }

    @Test("a large archive is told in parts, and all of it") func parts() {
        let told = told(of: 3 << 20) { progress in for _ in 0..<20 { progress.note(128 << 10) } }
        #expect(told.count == 6 && told.reduce(0, +) == 3 << 20, "\(told)")
    }

    @Test("what is read twice counts once") func twice() {
        let told = told(of: 1 << 20) { progress in for _ in 0..<100 { progress.note(128 << 10) } }
        #expect(told.reduce(0, +) == 1 << 20)
    }

    @Test("nothing is told of an empty one") func empty() { #expect(told(of: 0) { _ in }.isEmpty) }
}
