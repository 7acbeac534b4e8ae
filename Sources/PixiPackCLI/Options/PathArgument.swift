import ArgumentParser
import CondaModel
import Install
import Packing
import Support

/// A path on the command line, as bytes.
struct PathArgument: ExpressibleByArgument, Equatable {
    let path: ByteString

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = RawArguments.bytes(of: argument)
    }

    init(_ path: ByteString) { self.path = path }

    /// `-`, which stands for standard input or output where an option says so.
    var isStandardStream: Bool { path == "-" }

    var defaultValueDescription: String { path.lossyString }

    static var defaultCompletionKind: CompletionKind { .file() }
}
