import Support

/// The names of interpreters. No entry point and no wheel may install a file of such a name among the scripts, as
/// everything that starts the interpreter by its name would then start that file.
enum InterpreterNames {
    /// Whether `name` is that of an interpreter. Case is ignored, as folders may not distinguish it, and so is an
    /// ending `.py`.
    static func contain(_ name: ByteString) -> Bool {
        let lower = name.asciiLowercased
        let stem = lower.hasSuffix(".py") ? ByteString(lower.bytes.dropLast(3)) : lower
        return ["python", "pythonw", "python3", "graalpy", "pypy", "pypy2", "pypy3"].contains(stem)
            || isVersioned(stem, after: "python3.", threaded: false)
            || isVersioned(stem, after: "python3.", threaded: true)
            || isVersioned(stem, after: "pythonw3.", threaded: true)
    }

    /// - Parameter path: the path in the environment of a file of a wheel.
    /// - Throws: `Failure` if it is the place of an interpreter.
    static func refuse(_ path: RelativePath, scripts: RelativePath) throws {
        guard path.bytes.hasPrefix(scripts.bytes), path.parent == scripts, contain(path.lastComponent) else { return }
        throw Failure("it has a file '\(path)', whose place is reserved for the interpreter")
    }

    private static func isVersioned(_ name: ByteString, after prefix: ByteString, threaded: Bool) -> Bool {
        guard name.hasPrefix(prefix) else { return false }
        var rest = name.bytes.dropFirst(prefix.count)
        if threaded, rest.popLast() != UInt8(ascii: "t") { return false }
        return rest.allSatisfy(isASCIIDigit) && UInt8(String(decoding: rest, as: UTF8.self)) != nil
    }
}
