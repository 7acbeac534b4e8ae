import LibC
import Support
import TestKit
import Testing

@testable import Install

@Suite("The right to change what is at a place")
struct PlaceLockTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func acquire(_ name: String, waits: Bool = true, said: Locked<[String]> = Locked([])) throws -> PlaceLock {
        try PlaceLock.acquire(
            directory(name), umask: 0o022,
            waiting: waits ? .announced { line in said.withLock { $0.append(line.text) } } : .refused)
    }

    @Test func nothingIsLeft() throws {
        var lock: PlaceLock? = try acquire("new/deep/env")
        #expect(try Sys.list(directory("new/deep")) == [".env.pixi-unpack-lock"])
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(try Sys.list(directory.path).isEmpty)
    }

    @Test("one after the other, whether the place is new or there", arguments: ["place", "new/deep/place"])
    func oneAtATime(_ name: String) throws {
        let inside = Locked((now: 0, most: 0, all: 0))
        try WorkerPool(width: 8).forEach(count: 40) { index, _ in
            let lock = try acquire(name)
            inside.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
                $0.all += 1
            }
            usleep(1000)
            if index == 20 { try? Sys.mkdir(directory(name)) }
            inside.withLock { $0.now -= 1 }
            withExtendedLifetime(lock) {}
        }
        let (_, most, all) = inside.withLock { $0 }
        #expect(most == 1 && all == 40)
        #expect(try Sys.list(directory(name).parentPath) == ["place"])
    }

    @Test func whoDoesNotWaitIsRefused() throws {
        let lock = try acquire("env")
        #expect { try acquire("env", waits: false) } throws: {
            "\($0)".contains("another pixi-unpack is making or changing the environment")
        }
        withExtendedLifetime(lock) {}
    }

    @Test func whoWaitsSaysSo() throws {
        let said = Locked<[String]>([])
        let lock = Locked<PlaceLock?>(try acquire("env"))
        try WorkerPool(width: 2).forEach(count: 2) { index, _ in
            if index == 0 {
                let waited = try acquire("env", said: said).hasWaited
                #expect(waited)
            } else {
                while said.withLock({ $0.isEmpty }) { usleep(1000) }
                lock.withLock { $0 = nil }
            }
        }
        #expect(said.withLock { $0.count } == 1 && said.withLock { $0.first }?.contains("waiting") == true)
    }

    @Test func whatAKilledRunLeftIsTakenOver() throws {
        try directory.write(".env.pixi-unpack-lock", "")
        #expect(try !acquire("env").hasWaited)
        #expect(try Sys.list(directory.path).isEmpty)
    }

    @Test func whatIsNoLockStays() throws {
        try directory.write(".env.pixi-unpack-lock", "mine")
        #expect { try acquire("env") } throws: { "\($0)".contains("is not a lock of pixi-unpack") }
        #expect(try directory.read(".env.pixi-unpack-lock") == Array("mine".utf8))
    }

    @Test("a lock of another user", .enabled(if: OtherUser.canOwn, "needs root"))
    func ofAnother() throws {
        let path = try directory.write(".env.pixi-unpack-lock", "")
        try OtherUser.give(path)
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        #expect(Sys.tryLock(file.descriptor) == .held)
        #expect { try acquire("env") } throws: { "\($0)".contains("is making or changing the environment") }
        try Sys.close(Sys.duplicate(file.descriptor))
        withExtendedLifetime(file) {}
    }
}
