import Support

/// How arguments that ask for the version, and for nothing else, want it.
enum VersionFormat {
    case line, table, json

    /// Nil if the arguments ask for something else.
    init?(_ arguments: [String]) {
        let shorts = ["-V": "V", "--version": "V", "-v": "v", "--verbose": "v", "--json": "j"]
        var asked: Set<String> = []
        for argument in arguments {
            if let letter = shorts[argument] {
                asked.insert(letter)
            } else if argument.count > 2, argument.hasPrefix("-"),
                argument.dropFirst().allSatisfy({ "vV".contains($0) })
            {
                asked.formUnion(argument.dropFirst().map(String.init))
            } else {
                return nil
            }
        }
        guard asked.contains("V") else { return nil }
        self = asked.contains("j") ? .json : asked.contains("v") ? .table : .line
    }

    func text(of program: String) throws -> String {
        switch self {
        case .line: VersionText.line(program)
        case .table: try VersionText.table(program)
        case .json: String(decoding: try VersionText.json(program), as: UTF8.self)
        }
    }
}
