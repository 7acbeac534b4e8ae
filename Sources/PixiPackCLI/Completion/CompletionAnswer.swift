import ArgumentParser
import CondaModel
import Packing
import Support

/// What can stand where a person pressed the key for completion. The scripts of the shells ask the program
/// (`pixi-pack __complete -- WORDS`), so that all of them know the same, also names that are in files.
///
/// The answer is lines: first which files fit (`files`, `files:*.tar *.sh`, `dirs`, `none`), then a line for each word,
/// with a tab and what it means behind it.
struct CompletionAnswer {
    /// The word that scripts ask by.
    static let word = "__complete"

    private var kind = "none"
    private var words: [(word: String, meaning: String)] = []

    /// The lines.
    var text: String {
        let lines = words.map { word, meaning in meaning.isEmpty ? word : "\(word)\t\(meaning)" }
        return ([kind] + lines).map { $0 + "\n" }.joined()
    }

    /// - Parameters:
    ///   - personality: which program is asked.
    ///   - pack: the self-extracting pack that is the program, if it is one.
    ///   - typed: all words behind the program's name up to the cursor; the last one is not finished.
    init(_ personality: Personality, pack: String?, typed: [String]) {
        guard let root = try? CommandDescription.of(personality.documentation) else { return }
        let last = typed.last ?? ""
        var before = Array(typed.dropLast())
        var command = root
        var type: any Command.Type = personality.command
        var isRoot = true
        if let place = Spellings(root).firstWord(of: before), let named = personality.command(named: before[place]),
            let described = try? CommandDescription.of(named)
        {
            (command, type, isRoot) = (described, named, false)
            before.remove(at: place)
        }
        let spellings = Spellings(command)
        let isRun = type is RunCommand.Type
        // What stands behind belongs to another program.
        if before.contains("--") || isRun && spellings.firstWord(of: before) != nil {
            kind = "files"
            return
        }
        let named = spellings.firstWord(of: before).map { before[$0] } ?? pack
        let values = CompletionValues(isPacking: type is PackCommand.Type || type is ListCommand.Type, named: named)
        if last.hasPrefix("--"), let equals = last.firstIndex(of: "=") {
            let name = String(last[..<equals])
            guard let option = command.allOptions.first(where: { $0.names.contains(name) }) else { return }
            offer(values.of(option, command), prefix: name + "=", typed: String(last[last.index(after: equals)...]))
            return
        }
        if let option = spellings.waiting(in: before, of: command), !last.hasPrefix("-") || last == "-" {
            offer(values.of(option, command), prefix: "", typed: last)
            return
        }
        if last.hasPrefix("-") {
            for option in command.options {
                for name in option.names where name.hasPrefix(last) { words.append((name, option.abstract)) }
            }
            return
        }
        let place = Spellings(command).words(of: before).count
        if isRoot, place == 0, named == nil || pack != nil {
            for command in root.subcommands where command.name != "help" && command.name.hasPrefix(last) {
                words.append((command.name, command.abstract))
            }
        }
        guard pack == nil, kind == "none" else { return }
        let positionals = command.positionals.filter { !$0.isAfterTerminator }
        guard let positional = place < positionals.count ? positionals[place] : positionals.last,
            place < positionals.count || positional.isRepeating
        else { return }
        kind = CompletionValues.kind(ofPositional: positional.name)
    }

    private mutating func offer(_ found: (kind: String, values: [String]), prefix: String, typed: String) {
        kind = found.kind
        for value in found.values where value.hasPrefix(typed) { words.append((prefix + value, "")) }
    }
}

/// The values of options.
private struct CompletionValues {
    /// Whether environments and platforms are those of a lock file.
    let isPacking: Bool
    /// The workspace or pack that stands in the line.
    let named: String?

    func of(_ option: CommandDescription.Option, _ command: CommandDescription) -> (kind: String, values: [String]) {
        let name = option.names.last ?? ""
        switch name {
        case "--environment": return ("none", environments)
        case "--platform":
            let locked = (try? lists.platformNames) ?? []
            return ("none", locked.isEmpty ? Platform.allCases.map(\.rawValue) : locked)
        default: break
        }
        if !option.values.isEmpty { return ("none", option.values) }
        return (CompletionValues.kind(of: name, valueName: option.valueName ?? ""), [])
    }

    private var lists: LockedPackageLists {
        get throws {
            try LockedPackageLists(
                manifest: WorkspaceSearch.find(named.map(RawArguments.bytes(of:)), reporter: SilentReporter()))
        }
    }

    private var environments: [String] {
        if isPacking { return (try? lists.environmentNames) ?? [] }
        let pack = PackSource(argument: RawArguments.bytes(of: named ?? "environment.tar"))
        // Nothing is read from a pipe for this.
        guard case .path(let path) = pack, (try? Sys.exists(path)) == true else { return [] }
        let found = try? InspectedPack(pack, inventory: PackInventory(readsSizes: false))
        var names: [String] = []
        for name in found?.inventories.compactMap(\.environment) ?? [] where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    private static let packs = "files:*.tar *.tar.zst *.tar.gz *.tar.xz *.tar.bz2 *.sh"

    private static func kind(of name: String, valueName: String) -> String {
        switch name {
        case "--inject": "files:*.conda *.tar.bz2 *.whl"
        case "--config": "files:*.toml"
        case "--base", "--diff": packs + " *.json"
        case "--sign": "files:*.key"
        case "--verify-key": "files:*.pub"
        case "--signature": "files:*.minisig"
        case "--auth-file": "files:*.json"
        case "--from-explicit": "files:*.txt *.lock"
        case "--output-file": "files"
        default:
            switch valueName {
            case "dir": "dirs"
            case "file", "path|url", "key", "pack": "files"
            default: "none"
            }
        }
    }

    static func kind(ofPositional name: String) -> String {
        switch name {
        case "manifest-path": "files:*.toml *.lock conda-lock.yml"
        case "pack-file": packs
        default: "files"
        }
    }
}

extension Spellings {
    /// The words that are neither options nor their values.
    func words(of arguments: [String]) -> [String] {
        var rest = arguments[...]
        var words: [String] = []
        while let place = firstWord(of: Array(rest)) {
            let index = rest.startIndex + place
            words.append(rest[index])
            rest = rest[(index + 1)...]
        }
        return words
    }

    /// The option at the end of the words that waits for a value; of one that takes several also behind the first.
    func waiting(in before: [String], of command: CommandDescription) -> CommandDescription.Option? {
        guard let place = before.lastIndex(where: { $0.hasPrefix("-") && $0 != "-" }) else { return nil }
        let name = separated(before[place]).last ?? before[place]
        guard !name.contains("="), let option = command.allOptions.first(where: { $0.names.contains(name) }),
            option.takesValue, !option.isValueOptional
        else { return nil }
        return place == before.count - 1 || option.isRepeating ? option : nil
    }
}
