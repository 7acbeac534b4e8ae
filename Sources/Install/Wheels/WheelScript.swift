import Support

/// Replaces the first line of a script that begins with `#!python` by one with the environment's Python; other scripts
/// pass unchanged (docs/spec/install.md#data). The line ends at the first CR or LF, and its arguments are dropped, as
/// in the original.
struct WheelScript {
    private enum State {
        /// Fewer bytes have come than the marker has.
        case beginning
        /// The rest of the first line is dropped.
        case droppingLine
        /// The second line is looked at, as the new beginning has several lines.
        case secondLine
        case passing
    }

    private static let marker = Array("#!python".utf8)

    private let shebang: ByteString
    /// Whether the new beginning is more than a line.
    private var hasSeveralLines: Bool { shebang.bytes.count { $0 == 0x0A } > 1 }
    /// Bytes. A longer one is not looked at.
    static let longestLine = 4096
    private var state = State.beginning
    private var head: [UInt8] = []
    /// Whether the first line was replaced.
    private(set) var isChanged = false

    init(executable: ByteString) { shebang = EntryPointScript.wheelShebang(executable) + "\n" }

    /// Adds the next bytes of the member, and passes on what is to be written.
    mutating func take(
        _ block: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var rest = block[...]
        if state == .beginning {
            let missing = rest.prefix(Self.marker.count - head.count)
            head.append(contentsOf: missing)
            rest = rest.dropFirst(missing.count)
            if head.count < Self.marker.count { return }
            if head == Self.marker {
                isChanged = true
                state = .droppingLine
                if !hasSeveralLines { try Self.pass(shebang.bytes, write) }
            } else {
                state = .passing
                try Self.pass(head, write)
            }
        }
        if state == .droppingLine {
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return }
            state = hasSeveralLines ? .secondLine : .passing
            head = []
            rest = rest[(end + 1)...]
        }
        if state == .secondLine {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 }
            head.append(contentsOf: rest[..<(end ?? rest.endIndex)])
            if end == nil && head.count < Self.longestLine { return }
            rest = rest[(end ?? rest.endIndex)...]
            try passSecondLine(write)
        }
        if !rest.isEmpty { try write(UnsafeRawBufferPointer(rebasing: rest)) }
    }

    /// Passes on what is left at the end of the member.
    mutating func end(_ write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        if state == .beginning && !head.isEmpty { try Self.pass(head, write) }
        if state == .droppingLine && hasSeveralLines { try Self.pass(shebang.bytes, write) }
        if state == .secondLine { try passSecondLine(write) }
    }

    /// Python looks for the encoding of a script in its first two lines only (PEP 263): the line that names it stays the second one.
    private mutating func passSecondLine(_ write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        state = .passing
        if Self.namesEncoding(head), let end = shebang.bytes.firstIndex(of: 0x0A) {
            let line = head.last == 0x0A ? head : head + [0x0A]
            try Self.pass(Array(shebang.bytes[...end]) + line + shebang.bytes[(end + 1)...], write)
        } else {
            try Self.pass(shebang.bytes + head, write)
        }
    }

    /// Whether a line is a comment with `coding:` or `coding=` in it.
    static func namesEncoding(_ line: [UInt8]) -> Bool {
        let text = line.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0C }
        guard text.first == UInt8(ascii: "#") else { return false }
        return [":", "="].contains { ByteSearch.contains(Array(text), Array("coding\($0)".utf8)) }
    }

    private static func pass(
        _ bytes: [UInt8], _ write: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try bytes.withUnsafeBytes { try write($0) }
    }
}
