import LibC
import Support
import Testing

@Suite struct ReadAheadTests {
    @Test func admitsWhatIsNextAndWhatFits() throws {
        let window = ReadAhead(capacity: 100, mostItems: 3, freeFrom: 50)
        #expect(try window.admits(0, size: 1_000_000))
        #expect(try window.admits(1, size: 60))
        #expect(try window.admits(1, size: 60), "once admitted, always admitted")
        #expect(try !window.admits(2, size: 60))
        #expect(try !window.admits(3, size: nil), "an unknown size counts as a large one")
        #expect(try !window.admits(3, size: .max))
        #expect(try window.admits(4, size: 40))
        #expect(try window.admits(5, size: 0))
        #expect(try !window.admits(6, size: 0), "no more than three ahead")
        #expect(try window.admits(50, size: .max))
        window.advance(to: 2)
        #expect(try window.admits(2, size: .max))
        #expect(try window.admits(3, size: 60))
        #expect(try !window.admits(7, size: 60))
        window.advance(to: 10)
        #expect(try window.admits(11, size: 100))
    }

    @Test func wakesThoseWhoWait() throws {
        let window = ReadAhead(capacity: 10, mostItems: 10)
        let isAdmitted = Locked(false)
        let thread = try #require(
            startThread {
                guard (try? window.waitForAdmission(5, size: 100)) == true else { return }
                isAdmitted.withLock { $0 = true }
            })
        let wakes = Locked(0)
        window.onChange { wakes.withLock { $0 += 1 } }
        window.advance(to: 4)
        #expect(!isAdmitted.withLock { $0 })
        window.advance(to: 5)
        pthread_join(thread, nil)
        #expect(isAdmitted.withLock { $0 })
        #expect(wakes.withLock { $0 } == 2)
    }

    @Test func endsAndFails() throws {
        let ended = ReadAhead(capacity: 10, mostItems: 10)
        ended.end()
        #expect(try ended.isEnded())
        #expect(try !ended.admits(0, size: 1))
        #expect(try !ended.waitForAdmission(0, size: 1))
        let failed = ReadAhead(capacity: 10, mostItems: 10)
        failed.fail(Failure("nobody reads"))
        failed.fail(Failure("later"))
        #expect { try failed.admits(0, size: 1) } throws: { "\($0)" == "nobody reads" }
        #expect { try failed.waitForAdmission(0, size: 1) } throws: { "\($0)" == "nobody reads" }
        #expect { try failed.isEnded() } throws: { "\($0)" == "nobody reads" }
    }
}
