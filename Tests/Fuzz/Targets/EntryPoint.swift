import LibC

/// Gives an input of libFuzzer to the reader that `FUZZ_TARGET` in the environment names.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
    do {
        try chosenTarget.run(input)
    } catch {
        // To refuse is what readers are for; the message has to be one that can be shown.
        require(!"\(error)".isEmpty, "an error says what is wrong")
    }
    return 0
}

private let chosenTarget: any FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if let target = fuzzTargets[name] { return target }
    stop("FUZZ_TARGET must be one of: \(fuzzTargets.keys.sorted().joined(separator: " "))")
}()

/// libFuzzer's own `main`, as a function.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the package manager makes the program start with.
@_cdecl("Fuzz_main")
public func start(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments, testOneInput)
}
