import CondaModel
import Support

/// The headers of `METADATA` and `WHEEL` that are checked. They are `Name: value` lines up to the first empty line;
/// indented lines continue a value.
struct WheelHeaders: Sendable {
    private let headers: [(name: ByteString, value: ByteString)]

    init(_ text: [UInt8]) {
        var headers: [(name: ByteString, value: ByteString)] = []
        /// Whether a continued line belongs to a header that is kept.
        var isOpen = false
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = line.last == 0x0D ? line.dropLast() : line
            guard let first = line.first else { break }
            if first == 0x20 || first == 0x09 {
                guard isOpen, let last = headers.indices.last else { continue }
                headers[last].value.bytes.append(UInt8(ascii: " "))
                headers[last].value.bytes.append(contentsOf: trimmingSpace(line).bytes)
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = trimmingSpace(line[..<colon])
                // Only the first header of each name counts, and only a few names are needed.
                isOpen = Self.isKnown(name) && !headers.contains { $0.name == name }
                if isOpen { headers.append((name, trimmingSpace(line[(colon + 1)...]))) }
            }
        }
        self.headers = headers
    }

    private static func isKnown(_ name: ByteString) -> Bool {
        ["name", "version", "wheel-version"].contains(Self.lowered(name))
    }

    private static func lowered(_ text: ByteString) -> ByteString {
        text.asciiLowercased
    }

    /// The first value of that name, compared as bytes.
    func first(_ name: ByteString) -> ByteString? { headers.first { $0.name == name }?.value }

    /// The first value of that name, compared without regard to ASCII case.
    func firstIgnoringCase(_ name: ByteString) -> ByteString? {
        let wanted = Self.lowered(name)
        return headers.first { Self.lowered($0.name) == wanted }?.value
    }

    /// Checks a `METADATA` file against the wheel's file name (docs/spec/install.md#wheel-checks).
    ///
    /// - Throws: `Failure` if name or version is missing, invalid, or another one.
    func checkMetadata(of wheel: WheelName) throws {
        guard let name = firstIgnoringCase("Name") else { throw Failure("METADATA has no Name") }
        guard let version = firstIgnoringCase("Version") else { throw Failure("METADATA has no Version") }
        guard try PyPIName(name.lossyString) == wheel.name else {
            throw Failure("METADATA is for '\(name)', the file name says '\(wheel.name)'")
        }
        let found = try PEP440Version(version.lossyString)
        guard found == wheel.version || found == wheel.version.withoutLocal else {
            throw Failure("METADATA is for version '\(version)', the file name says \(wheel.version)")
        }
    }

    /// Checks the format version of a `WHEEL` file (docs/spec/install.md#wheel-checks).
    ///
    /// - Throws: `Failure` if it is missing, malformed or not one we know.
    func checkWheelVersion() throws {
        guard let version = first("Wheel-Version") else { throw Failure("WHEEL has no Wheel-Version") }
        guard let dot = version.bytes.firstIndex(of: UInt8(ascii: ".")) else {
            throw Failure("WHEEL has the Wheel-Version '\(version)', which is not of the form 1.0")
        }
        if version == "0.1" || version.bytes[..<dot].elementsEqual("1".utf8) { return }
        throw Failure("WHEEL has the Wheel-Version '\(version)', only 1 is known")
    }
}
