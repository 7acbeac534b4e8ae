import Support
import TestKit
import Testing

@Suite("Files and directories in the making")
struct HiddenTemporaryTests {
    /// Between its making and its locking a directory looks as if a killed run had left it.
    @Test("who removes leftovers takes nothing from others that begin")
    func concurrentBeginnings() throws {
        let directory = try TemporaryDirectory()
        let missing = Locked(0)
        try WorkerPool(width: 8).forEach(count: 4000) { _, _ in
            HiddenTemporary.sweep("w", in: directory.path)
            let made = try HiddenTemporary.directory(for: "w", in: directory.path)
            if try !Sys.exists(made.path) { missing.withLock { $0 += 1 } }
            try RemoveTree.remove(made.path)
            withExtendedLifetime(made) {}
        }
        #expect(missing.withLock { $0 } == 0)
    }
}
