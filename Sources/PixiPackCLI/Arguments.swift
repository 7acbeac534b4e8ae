import ArgumentParser
import CondaModel
import Install
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

/// A platform on the command line, by its conda name.
extension Platform: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument) }
}

/// A name or path on the command line that may be empty, as bytes.
struct NameArgument: ExpressibleByArgument, Equatable {
    let path: ByteString

    init?(argument: String) { path = RawArguments.bytes(of: argument) }

    init(_ path: ByteString) { self.path = path }

    var defaultValueDescription: String { path.lossyString }
}

/// The value of `--shell`: one of the names the original knows, or `all`.
enum ShellArgument: ExpressibleByArgument, Equatable {
    case one(Shell)
    case all

    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let shell = try? Shell(named: argument) {
            self = .one(shell)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .one(let shell): shell.rawValue
        case .all: "all"
        }
    }

    static var allValueStrings: [String] { Shell.names.map(\.name) + ["all"] }
}

/// A number of workers: 1 to 256.
struct WorkerCount: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        guard let count = Int(argument), (1...256).contains(count) else { return nil }
        self.count = count
    }
}
