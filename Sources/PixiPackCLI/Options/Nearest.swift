/// Which known word somebody meant who typed another one: the closest, and only if it is close.
enum Nearest {
    /// How many slips of the finger a word of a length may have: one in four letters, three at most.
    private static func allowed(_ length: Int) -> Int { min(3, max(1, length / 4)) }

    /// The closest of `known`; nil if none is close.
    static func word(to word: String, among known: [String]) -> String? {
        let word = word.lowercased()
        if word.utf8.count < 3 { return nil }
        let near = known.compactMap { other -> (Int, String)? in
            let slips = distance(word, other.lowercased())
            return slips <= allowed(max(word.utf8.count, other.utf8.count)) ? (slips, other) : nil
        }
        return near.min { $0.0 < $1.0 }?.1
    }

    /// The options a person may have meant by `option` (with its dashes): the closest one, else those whose names begin or
    /// end with its words (`--output`: `--output-file`).
    static func options(to option: String, among known: [String]) -> [String] {
        let name = String(option.drop { $0 == "-" })
        let long = known.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        if long.contains(name) { return ["--" + name] }
        if let near = word(to: name, among: long) { return ["--" + near] }
        if name.utf8.count < 3 { return [] }
        let parts = long.filter { $0.hasPrefix(name) || $0.hasSuffix("-" + name) }
        return parts.prefix(3).map { "--" + $0 }
    }

    /// `'a', 'b' or 'c'`.
    static func choice(_ words: [String]) -> String {
        let quoted = words.map { "'\($0)'" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }

    /// How many letters have to be put in, taken out, changed or exchanged with the next one.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var before: [Int] = []
        var last = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var row = [index + 1]
            for (place, other) in right.enumerated() {
                var cost = min(row[place] + 1, last[place + 1] + 1, last[place] + (byte == other ? 0 : 1))
                if index > 0, place > 0, byte == right[place - 1], left[index - 1] == other {
                    cost = min(cost, before[place - 1] + 1)
                }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last.last ?? 0
    }
}
