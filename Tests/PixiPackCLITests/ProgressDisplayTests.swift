import Support
import Testing

@testable import PixiPackCLI

@Suite struct ProgressDisplayTests {
    /// A display over a clock and a terminal the test controls.
    final class Bench: Sendable {
        let output = Locked("")
        let time = Locked(0.0)
        let window = Locked((columns: 80, rows: 24))

        func display(_ style: ProgressDisplay.Style) -> ProgressDisplay {
            ProgressDisplay(
                style: style, write: { text in self.output.withLock { $0 += text } },
                now: { self.time.withLock { $0 } }, size: { self.window.withLock { $0 } })
        }

        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
        var text: String { output.withLock { $0 } }
        func clear() { output.withLock { $0 = "" } }
    }

    @Test func liveLinesShowTotalRateAndRunningItems() {
        let bench = Bench()
        let display = bench.display(.live)
        display.apply(.phaseBegan(name: "Downloading", items: 2, bytes: 4096))
        bench.advance(1)
        display.apply(.itemBegan(id: 1, name: "python-3.12.conda", bytes: 4096))
        bench.clear()
        bench.advance(1)
        display.apply(.itemAdvanced(id: 1, bytes: 2048))
        #expect(bench.text.contains("Downloading 0/2"))
        #expect(bench.text.contains("2.00 KiB of 4.00 KiB"))
        #expect(bench.text.contains("1.00 KiB/s"))
        #expect(bench.text.contains("ETA 0:02"))
        #expect(bench.text.contains("  python-3.12.conda"))
    }

    @Test func drawsAtMostTenTimesASecond() {
        let bench = Bench()
        let display = bench.display(.live)
        display.apply(.phaseBegan(name: "Downloading", items: 1, bytes: 1_000_000))
        bench.clear()
        for _ in 0..<1000 {
            bench.advance(0.001)
            display.apply(.itemAdvanced(id: 1, bytes: 1))
        }
        #expect(bench.text.split(separator: "Downloading").count <= 11)
    }

    @Test func nothingIsLeftBehindWhenAPhaseEnds() {
        let bench = Bench()
        let display = bench.display(.live)
        display.apply(.phaseBegan(name: "Installing", items: 1, bytes: nil))
        display.apply(.phaseEnded)
        #expect(bench.text.hasSuffix("\u{1B}[1A\r\u{1B}[J"))
        bench.clear()
        display.clear()
        #expect(bench.text.isEmpty)
    }

    @Test func messagesStandAboveTheLiveLines() {
        let bench = Bench()
        let display = bench.display(.live)
        display.apply(.phaseBegan(name: "Installing", items: 1, bytes: nil))
        bench.clear()
        display.print("warning: x")
        #expect(bench.text.hasPrefix("\u{1B}[1A\r\u{1B}[Jwarning: x\nInstalling 0/1"))
    }

    @Test(arguments: [20, 40, 80, 200])
    func linesFitTheWindow(_ columns: Int) {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 200, bytes: 5_000_000_000), at: 0)
        for id in 0..<20 {
            let name = "a-package-with-quite-a-long-name-\(id)-1.2.3-py312h0123456_0.conda"
            progress.apply(.itemBegan(id: id, name: "\(name)", bytes: 12_345_678), at: 0)
            progress.apply(.itemAdvanced(id: id, bytes: 1_234_567), at: 1)
        }
        let lines = ProgressDisplay.lines(of: progress, at: 2, columns: columns, rows: 10)
        #expect(lines.allSatisfy { $0.count < max(21, columns) })
        #expect(lines.count <= 9)
        #expect(lines.last?.contains("more") == true)
    }

    @Test func plainLinesComeAtTheStartEveryTenSecondsAndAtTheEnd() {
        let bench = Bench()
        let display = bench.display(.plain)
        display.apply(.phaseBegan(name: "Downloading", items: 3, bytes: 2048))
        for _ in 0..<24 {
            bench.advance(1)
            display.apply(.itemAdvanced(id: 1, bytes: 64))
        }
        display.apply(.phaseEnded)
        let lines = bench.text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.first == "Downloading: 3 items, 2.00 KiB")
        #expect(lines.dropFirst().first == "Downloading: 0 of 3, 640 B of 2.00 KiB, 64 B/s, 0:22 left")
        #expect(lines.last == "Downloading: done, 1.50 KiB in 0:24")
    }

    @Test func plainLinesComeEvenWhenNothingHappens() {
        let bench = Bench()
        let display = bench.display(.plain)
        display.apply(.phaseBegan(name: "Downloading", items: 3, bytes: 2048))
        for _ in 0..<100 {
            bench.advance(0.25)
            display.tick()
        }
        #expect(bench.text.split(separator: "\n").count == 3, "\(bench.text)")
    }

    @Test func whatIsNotCountedShowsItsTimeOnly() {
        let bench = Bench()
        let live = bench.display(.live)
        live.apply(.phaseBegan(name: "Building mine", items: 0, bytes: nil))
        bench.clear()
        bench.advance(65)
        live.tick()
        #expect(bench.text.hasSuffix("Building mine  1:05\n"), "\(bench.text)")
        live.apply(.phaseEnded)
        bench.clear()
        let plain = bench.display(.plain)
        plain.apply(.phaseBegan(name: "Building mine", items: 0, bytes: nil))
        bench.advance(12)
        plain.tick()
        plain.apply(.phaseEnded)
        #expect(bench.text == "Building mine: 0:12\nBuilding mine: done in 0:12\n")
    }

    @Test func aWindowThatBecameNarrowerIsErasedWhole() {
        let bench = Bench()
        let display = bench.display(.live)
        bench.window.withLock { $0 = (columns: 100, rows: 24) }
        display.apply(.phaseBegan(name: "Downloading", items: 2, bytes: 4_000_000))
        let width = bench.text.count - 1
        bench.clear()
        bench.window.withLock { $0 = (columns: 40, rows: 24) }
        display.clear()
        #expect(bench.text == "\u{1B}[\((width + 39) / 40)A\r\u{1B}[J")
    }

    @Test func nothingIsDrawnAfterAnError() {
        let bench = Bench()
        let display = bench.display(.live)
        display.apply(.phaseBegan(name: "Downloading", items: 1, bytes: 10))
        display.clear()
        bench.clear()
        bench.advance(1)
        display.tick()
        display.apply(.itemAdvanced(id: 1, bytes: 1))
        display.print("Error: x")
        #expect(bench.text == "Error: x\n")
    }

    @Test func jsonLinesAreOneObjectEach() throws {
        let bench = Bench()
        let display = bench.display(.json)
        display.apply(.phaseBegan(name: "Downloading", items: 1, bytes: 10))
        display.apply(.itemBegan(id: 7, name: "\("a\nb")", bytes: 10))
        bench.advance(1)
        display.apply(.itemAdvanced(id: 7, bytes: 10))
        display.apply(.itemEnded(id: 7))
        display.apply(.phaseEnded)
        let events = try bench.text.split(separator: "\n").map { try JSONDocument(Array($0.utf8)).root }
        #expect(
            events.map { $0["event"]?.string } == [
                "phase-began", "item-began", "progress", "item-ended", "phase-ended",
            ])
        #expect(events[1]["item"]?.string == "a\\nb")
        #expect(events[2]["bytes_done"]?.int64 == 10)
        #expect(events[3]["item"]?.string == "a\\nb")
    }

    @Test func aDownloadThatBeginsAnewTakesBackItsBytes() {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 1, bytes: 100), at: 0)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: 100), at: 0)
        progress.apply(.itemAdvanced(id: 1, bytes: 60), at: 1)
        progress.apply(.itemAdvanced(id: 1, bytes: -60), at: 2)
        #expect(progress.done == 0)
        #expect(progress.running.first?.done == 0)
    }

    @Test func itemsGetTheirSizeWhenItIsKnown() {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 3, bytes: 1024, unsized: 2), at: 0)
        #expect(progress.total == nil && progress.remaining(at: 1) == nil)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: nil), at: 0)
        progress.apply(.itemSized(id: 1, bytes: 3072), at: 0)
        progress.apply(.itemAdvanced(id: 1, bytes: 512), at: 1)
        let unknown = ProgressDisplay.lines(of: progress, at: 1, columns: 80, rows: 24)
        #expect(unknown.first?.contains("512 B of over 4.00 KiB") == true, "\(unknown)")
        #expect(unknown.last?.hasSuffix("512 B of 3.00 KiB") == true, "\(unknown)")
        // The other one tells it by ending.
        progress.apply(.itemBegan(id: 2, name: "y", bytes: nil), at: 1)
        progress.apply(.itemAdvanced(id: 2, bytes: 1024), at: 2)
        progress.apply(.itemEnded(id: 2), at: 2)
        #expect(progress.total == 5120 && progress.remaining(at: 2) != nil)
        // An answer of another try may have another size.
        progress.apply(.itemSized(id: 1, bytes: 2048), at: 2)
        #expect(progress.total == 4096)
    }

    @Test func whatFailedIsNotWaitedFor() {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 2, bytes: 300), at: 0)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: 200), at: 0)
        progress.apply(.itemAdvanced(id: 1, bytes: 50), at: 1)
        progress.apply(.itemFailed(id: 1, reason: "gone"), at: 1)
        #expect(progress.total == 150 && progress.done == 50)
    }

    @Test(arguments: ["Fetching packages", "Installing packages"]) func theTimeLeftFits80Columns(_ name: String) {
        var progress = ProgressState()
        let size: Int64 = 1_099_500_000_000
        progress.apply(.phaseBegan(name: "\(name)", items: 12345, bytes: size), at: 0)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: size), at: 0)
        progress.apply(.itemAdvanced(id: 1, bytes: size / 20), at: 18000)
        let line = ProgressDisplay.lines(of: progress, at: 18000, columns: 80, rows: 24).first ?? ""
        #expect(line.hasSuffix("ETA 95:00:00") && line.count < 80, "\(line)")
        let narrow = ProgressDisplay.lines(of: progress, at: 18000, columns: 44, rows: 24).first ?? ""
        #expect(narrow == "\(name) 0/12345  ETA 95:00:00", "\(narrow)")
        // Nothing of it stands half there.
        let slim = ProgressDisplay.lines(of: progress, at: 18000, columns: 30, rows: 24).first ?? ""
        #expect(slim == "\(name) 0/12345", "\(slim)")
    }

    @Test func retriesAndWaitingAreShown() {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 3, bytes: 3000), at: 0)
        for id in 1...3 {
            progress.apply(.itemBegan(id: id, name: "p\(id).conda", bytes: 1000), at: 0)
            progress.apply(.itemAsked(id: id, server: "https://a.example"), at: 0)
        }
        progress.apply(
            .itemWaiting(id: 1, reason: "reset by peer", next: 2, tries: 4, seconds: 3), at: 5)
        progress.apply(.itemAdvanced(id: 2, bytes: 100), at: 5)
        let lines = ProgressDisplay.lines(of: progress, at: 6, columns: 80, rows: 24)
        #expect(lines[1].hasPrefix("  p1.conda ") && lines[1].hasSuffix(" try 2 of 4 in 2 s"), "\(lines)")
        #expect(lines[2].hasSuffix(" 100 B of 1000 B"), "\(lines)")
        #expect(lines[3].hasSuffix(" nothing from https://a.example for 0:06"), "\(lines)")
        let few = ProgressDisplay.lines(of: progress, at: 6, columns: 80, rows: 4)
        #expect(few.last == "  … and 2 more, 1 of them waiting", "\(few)")
        // It is asked again.
        progress.apply(.itemAsked(id: 1, server: "https://a.example"), at: 8)
        #expect(ProgressDisplay.lines(of: progress, at: 8, columns: 80, rows: 24)[1].hasSuffix("0 B of 1000 B"))
    }

    @Test func plainLinesNameTheSlowServerAndWhatWaits() {
        let bench = Bench()
        let display = bench.display(.plain)
        display.apply(.phaseBegan(name: "Downloading", items: 4, bytes: 4_000_000))
        for (id, server) in [(1, "https://fast.example"), (2, "https://slow.example"), (3, "https://slow.example")] {
            display.apply(.itemBegan(id: id, name: "p\(id)", bytes: 1_000_000))
            display.apply(.itemAsked(id: id, server: "\(server)"))
        }
        bench.advance(9)
        display.apply(.itemAdvanced(id: 1, bytes: 500_000))
        display.apply(.itemAdvanced(id: 2, bytes: 1024))
        bench.clear()
        bench.advance(1)
        display.tick()
        #expect(bench.text.hasSuffix("; slowest: https://slow.example, 2 downloads at 102 B/s\n"), "\(bench.text)")
        display.apply(.itemWaiting(id: 3, reason: "reset by peer", next: 2, tries: 4, seconds: 20))
        bench.clear()
        bench.advance(10)
        display.tick()
        let silent = "; slowest: https://fast.example, 1 download, nothing came"
        #expect(
            bench.text.hasSuffix(silent + "; waiting for another try: 1 (try 2 of 4 in 10 s: reset by peer)\n"),
            "\(bench.text)")
    }

    @Test func whatBeginsAgainElsewhereIsOneItem() {
        var progress = ProgressState()
        progress.apply(.phaseBegan(name: "Downloading", items: 1, bytes: 100), at: 0)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: 100), at: 0)
        progress.apply(.itemBegan(id: 1, name: "x", bytes: 100), at: 1)
        #expect(progress.running.count == 1)
    }

    @Test(
        arguments: [(0, "0 B"), (1023, "1023 B"), (1536, "1.50 KiB"), (44_323_308, "42.27 MiB")] as [(Int64, String)])
    func sizesAreBinaryWithTwoDecimals(_ bytes: Int64, _ text: String) {
        #expect(humanSize(bytes) == text)
    }
}
