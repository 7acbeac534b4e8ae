import ArgumentParser
import Fetch
import Support

/// `pixi-pack cache info|prune`: the cache of downloads.
struct CacheCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        _superCommandName: "pixi-pack",
        abstract: "Show the cache of downloads, or remove what was not used for long.")

    /// What to do with the cache.
    enum Action: String, ExpressibleByArgument, CaseIterable {
        case info, prune
    }

    @Argument(help: "info or prune.")
    var action: Action

    @Option(help: ArgumentHelp("The cache, if not the usual one.", valueName: "dir"))
    var useCache: PathArgument?

    @Option(
        help: ArgumentHelp(
            "For prune: how long something was not used.",
            discussion: "A number and a unit: s, m, h, d or w. 0d removes everything.", valueName: "time"))
    var olderThan = AgeArgument.days(30)

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(_ console: Console) throws {
        let folder = try useCache.map { CacheFolder($0.path) } ?? CacheFolder.standard()
        let entries: [CacheFolder.Entry]
        switch action {
        case .info: entries = try folder.entries()
        case .prune: entries = try folder.prune(olderThan: olderThan.seconds)
        }
        let bytes = entries.reduce(Int64(0)) { $0 + $1.size }
        if json { return try console.output(jsonText(folder, entries.count, bytes)) }
        switch action {
        case .info:
            try console.output(
                "cache:     \(folder.directory)\ndownloads: \(entries.count)\nsize:      \(humanSize(bytes))\n")
        case .prune: try console.output("removed \(entries.count) downloads, \(humanSize(bytes))\n")
        }
    }

    private func jsonText(_ folder: CacheFolder, _ count: Int, _ bytes: Int64) -> [UInt8] {
        var writer = JSONWriter(forTerminals: true)
        writer.object { writer in
            writer.key("directory")
            writer.value(folder.directory)
            writer.member(action == .info ? "downloads" : "removed", Optional(count))
            writer.member("bytes", Optional(bytes))
        }
        return writer.bytes + [0x0A]
    }
}

/// A span of time such as `30d`, `12h`, `90m` or `45s`.
struct AgeArgument: ExpressibleByArgument, Equatable {
    let seconds: Int64
    private let text: String

    private init(seconds: Int64, text: String) {
        self.seconds = seconds
        self.text = text
    }

    static func days(_ count: Int64) -> AgeArgument { AgeArgument(seconds: count * 86_400, text: "\(count)d") }

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()), count >= 0
        else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        self.init(seconds: seconds, text: argument)
    }

    var defaultValueDescription: String { text }
}
