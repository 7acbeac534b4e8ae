import LibC

#if FAULT_INJECTION

/// Makes system calls of this process fail on purpose; compiled only into debug builds.
///
/// `PIXI_PACK_FAULT` is a list, separated by commas, of
/// * `N:errno`: the N-th call, counted from 1, fails once with that number;
/// * `N:short`: from the N-th call on every read and write is one byte long;
/// * `N:signal=S`: the process gets signal S before the N-th call is made;
/// * `NAME:errno`: every call of that kind fails with that number, as on a system that does not know it;
/// * `NAME:delay=T`: every call of that kind takes T microseconds more, as on a file system behind a network;
/// * `names:folded`: names relative to an open directory lose their capital letters, as in a folder that does not
///   distinguish case.
///
/// With `PIXI_PACK_FAULT_LOG=FILE` each call adds a line to the file: its kind and what it was made for.
public final class FaultInjection: @unchecked Sendable {
    /// The faults that the environment of this process asks for.
    public static let shared = FaultInjection()

    private let mutex = Mutex()
    private var count = 0
    private var failing: [Int: Int32] = [:]
    private var signals: [Int: Int32] = [:]
    private var failingKinds: [Sys.Call: Int32] = [:]
    private var delays: [Sys.Call: UInt32] = [:]
    private var shortFrom = Int.max
    private var log: Int32 = -1
    /// Whether names relative to an open directory lose their capital letters.
    public private(set) var foldsNames = false

    private init() {
        if let path = getenv("PIXI_PACK_FAULT_LOG") {
            log = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        }
        guard let setting = getenv("PIXI_PACK_FAULT") else { return }
        for part in String(cString: setting).split(separator: ",") {
            let words = part.split(separator: ":")
            guard words.count == 2 else { continue }
            if part == "names:folded" { foldsNames = true }
            guard let number = Int(words[0]) else {
                guard let kind = Sys.Call(rawValue: String(words[0])) else { continue }
                if words[1].hasPrefix("delay=") {
                    delays[kind] = UInt32(words[1].dropFirst(6))
                } else {
                    failingKinds[kind] = Int32(words[1]) ?? EIO
                }
                continue
            }
            if words[1] == "short" {
                shortFrom = number
            } else if words[1].hasPrefix("signal=") {
                signals[number] = Int32(words[1].dropFirst(7))
            } else {
                failing[number] = Int32(words[1])
            }
        }
    }

    /// The error that the next call shall fail with; nil if it shall not fail.
    public func next(_ call: Sys.Call, _ operation: @autoclosure () -> String) -> Int32? {
        // Set once; others may be under way meanwhile.
        if let delay = delays[call] { usleep(delay) }
        mutex.lock()
        defer { mutex.unlock() }
        count += 1
        if log >= 0 {
            let line = Array("\(call.rawValue) \(operation())\n".utf8)
            _ = Glibc.write(log, line, line.count)
        }
        if let signal = signals[count] { kill(getpid(), signal) }
        return failing[count] ?? failingKinds[call]
    }

    /// The text with capital letters replaced by small ones.
    public static func folded(_ text: ByteString) -> ByteString {
        ByteString(text.bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 })
    }

    /// Whether a read or write is to be one byte long.
    public var isShort: Bool { mutex.withLock { count >= shortFrom } }
}
#endif
