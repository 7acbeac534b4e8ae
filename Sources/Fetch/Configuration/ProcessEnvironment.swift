import Support

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The environment variables a fetch looks at: a value, so that tests can give their own.
public struct ProcessEnvironment: Sendable {
    private var values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    /// The variables of this process as they are now.
    public static var current: ProcessEnvironment {
        var values: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = ByteString(cString: text).bytes
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: pair[..<equals], as: UTF8.self)
                values[name] = String(decoding: pair[(equals + 1)...], as: UTF8.self)
            }
            entry += 1
        }
        return ProcessEnvironment(values)
    }

    /// The value of a variable; nil if it is unset or empty.
    public subscript(name: String) -> String? {
        get { values[name].flatMap { $0.isEmpty ? nil : $0 } }
        set { values[name] = newValue }
    }

    /// The home directory.
    public var home: ByteString? { self["HOME"].map { ByteString($0) } }

    /// Everything, for child processes.
    var all: [String: String] { values }
}
