import LibC
import Support

/// A reader that must survive any input.
protocol FuzzTarget: Sendable {
    /// Reads the input; to throw is a right answer, to crash, to hang or to need much memory is not.
    func run(_ input: [UInt8]) throws
}

/// A target that is no more than a function.
struct Reading: FuzzTarget {
    let body: @Sendable ([UInt8]) throws -> Void
    init(_ body: @escaping @Sendable ([UInt8]) throws -> Void) { self.body = body }
    func run(_ input: [UInt8]) throws { try body(input) }
}

/// Gives the input to readers of files, through one file in memory.
struct ReadingFile: FuzzTarget {
    private let file: File
    private let body: @Sendable (FileSlice) throws -> Void

    init(_ body: @escaping @Sendable (FileSlice) throws -> Void) {
        self.body = body
        guard let file = try? UnlinkedFile.make(in: "/dev/shm", describedAs: "input") else { stop("no /dev/shm") }
        self.file = file
    }

    func run(_ input: [UInt8]) throws {
        try Sys.truncate(file.descriptor, to: 0)
        try input.withUnsafeBytes { try Sys.writeAll(file.descriptor, $0, at: 0) }
        try body(try file.slice())
    }
}

/// Something that must hold for every input.
func require(_ condition: Bool, _ what: StaticString) {
    if condition { return }
    stop("broken promise: \(what)")
}

/// Ends the process in the way libFuzzer takes for a finding.
func stop(_ message: String) -> Never {
    var line = message + "\n"
    try? line.withUTF8 { try Sys.writeAll(2, UnsafeRawBufferPointer($0)) }
    abort()
}
