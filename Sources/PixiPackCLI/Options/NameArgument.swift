import ArgumentParser
import Support

/// A name or path on the command line that may be empty, as bytes.
struct NameArgument: ExpressibleByArgument, Equatable {
    let path: ByteString

    init?(argument: String) { path = RawArguments.bytes(of: argument) }

    init(_ path: ByteString) { self.path = path }

    var defaultValueDescription: String { path.lossyString }
}
