import LibC
import Support
import Testing

extension ChildProcess {
    /// The absolute path of a program of the search path. Without it the test, or its case, ends here and counts as skipped.
    public static func needed(_ name: String) throws -> String {
        if let path = find(name) { return path }
        try skip("\(name) is not installed")
    }

    /// Ends the test, or its case, as skipped if it is not run by root.
    public static func neededRoot() throws {
        if geteuid() != 0 { try skip("needs root") }
    }

    /// Ends the test, or its case, as skipped.
    public static func skip(_ reason: String) throws -> Never {
        #if compiler(>=6.3)
        try Test.cancel(Comment(rawValue: reason))
        #else
        throw Failure("\(reason)")
        #endif
    }
}
