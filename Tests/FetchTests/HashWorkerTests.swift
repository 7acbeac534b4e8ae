import LibC
import Support
import TestKit
import Testing

@testable import Fetch

@Suite("Hashing beside the download")
struct HashWorkerTests {
    /// The worker sleeps while there is less than a piece; whoever waits for the rest must wake it.
    @Test("less than a piece is hashed when the download ends or begins again", arguments: [false, true])
    func littleLeft(beginsAgain: Bool) throws {
        let directory = try TemporaryDirectory()
        let bytes = [UInt8](repeating: 7, count: 10_000)
        let path = try directory.write("target", bytes)
        let file = File(descriptor: try Sys.open(path, O_RDWR), path: path)
        let digest = SHA256Hasher.hash(bytes).hex
        let request = try Harness.request(0, "http://127.0.0.1/a", sha256: digest, sink: MemorySink())
        let worker = HashWorker()
        let stream = HashStream(request.file)
        stream.use(worker)
        bytes.withUnsafeBytes { stream.update($0, writtenTo: (file.descriptor, 0)) }
        usleep(100_000)
        // On a thread of its own: nothing ends a wait for ever.
        let mismatch = Locked<String??>(.none)
        let thread = startThread {
            if beginsAgain {
                stream.restart(request.file)
                bytes.withUnsafeBytes { stream.update($0, writtenTo: (file.descriptor, 0)) }
            }
            let found = (try? stream.finish()).map { $0?.actual }
            mismatch.withLock { $0 = .some(found ?? "an error") }
        }
        for _ in 0..<1000 where mismatch.withLock({ $0 == nil }) { usleep(10_000) }
        let found = try #require(mismatch.withLock { $0 }, "it waits for ever")
        if let thread { joinThread(thread) }
        #expect(found == nil)
        worker.close()
    }
}
