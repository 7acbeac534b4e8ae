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
        case passing
    }

    private static let marker = Array("#!python".utf8)

    private let shebang: ByteString
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
                try Self.pass(shebang.bytes, write)
            } else {
                state = .passing
                try Self.pass(head, write)
            }
        }
        if state == .droppingLine {
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return }
            state = .passing
            rest = rest[(end + 1)...]
        }
        if !rest.isEmpty { try write(UnsafeRawBufferPointer(rebasing: rest)) }
    }

    /// Passes on what is left at the end of the member.
    mutating func end(_ write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        if state == .beginning && !head.isEmpty { try Self.pass(head, write) }
    }

    private static func pass(
        _ bytes: [UInt8], _ write: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try bytes.withUnsafeBytes { try write($0) }
    }
}
