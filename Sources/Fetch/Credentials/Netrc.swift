import Support

/// The machines of a netrc file (docs/spec/network.md#credentials); comments and `default` entries are allowed, the
/// latter ignored.
struct Netrc: Sendable {
    let machines: [String: (user: String, password: String)]
    /// The file.
    let path: ByteString

    /// - Throws: `Failure` for words that netrc files do not have.
    init(_ text: [UInt8], path: ByteString) throws {
        self.path = path
        var machines: [String: (user: String, password: String)] = [:]
        var current: (name: String?, user: String, password: String)?
        func store() {
            if let current, let name = current.name { machines[name] = (current.user, current.password) }
        }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        while let line = lines.popFirst() {
            var words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map {
                String(decoding: $0, as: UTF8.self)
            }[...]
            while let word = words.popFirst() {
                if word.hasPrefix("#") { break }
                func value() throws -> String {
                    while words.isEmpty, let next = lines.popFirst() {
                        words =
                            next.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
                            .map { String(decoding: $0, as: UTF8.self) }[...]
                    }
                    guard let value = words.popFirst() else { throw Failure("'\(word)' without a value") }
                    return value
                }
                switch word {
                case "machine":
                    store()
                    current = (try value(), "", "")
                case "default":
                    store()
                    current = (nil, "", "")
                case "login": current?.user = try value()
                case "password": current?.password = try value()
                case "account": _ = try value()
                case "macdef":
                    _ = try value()
                    while let body = lines.popFirst(), !body.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) {}
                    words = []
                default: throw Failure("a word that is neither machine, login, password, account, default nor macdef")
                }
            }
        }
        store()
        self.machines = machines
    }
}
