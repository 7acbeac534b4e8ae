import ArgumentParser
import Fetch
import Packing
import Support

/// Saying what would be packed instead of packing it.
struct ForecastOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Say what would be done; do none of it.",
            discussion: "What would be fetched, from where, what is cached, and how large the output would be."))
    var dryRun = false

    @Flag(
        help: ArgumentHelp(
            "Print the result as JSON.",
            discussion: "An object for the pack, or with --dry-run for what it would be; of several packs an array."))
    var json = false

    /// Prints what was made.
    func show(_ results: [PackResult], seconds: Double, _ console: Console) throws {
        var writer = JSONWriter(forTerminals: true)
        var objects: [(PackResult, sha256: SHA256Digest?)] = []
        for result in results {
            var sha256: SHA256Digest?
            if let path = result.path, result.digest == nil, !result.isDirectory {
                sha256 = try File.open(path).slice().sha256()
            }
            objects.append((result, sha256))
        }
        func write(_ object: (PackResult, sha256: SHA256Digest?), to writer: inout JSONWriter) {
            let (result, sha256) = object
            writer.object { writer in
                if let path = result.path {
                    writer.key("path")
                    writer.value(path)
                }
                writer.member("sha256", sha256?.hex)
                writer.member("digest", result.digest.map { "sha256:\($0.hex)" })
                writer.member("size", Optional(result.size))
                writer.member("packages", Optional(result.packages))
                writer.member("wheels", Optional(result.wheels))
                if let signature = result.signature {
                    writer.key("signature")
                    writer.value(signature)
                }
                writer.member("warnings", console.reporter.warnings)
                writer.key("seconds")
                writer.value(seconds: seconds)
            }
        }
        if objects.count == 1, let object = objects.first {
            write(object, to: &writer)
        } else {
            writer.array { writer in for object in objects { write(object, to: &writer) } }
        }
        try console.output(writer.bytes + [0x0A])
    }

    func show(_ forecasts: [PackForecast], _ console: Console) throws {
        guard json else {
            return try console.output(forecasts.map(ForecastOptions.text).joined(separator: "\n"))
        }
        var writer = JSONWriter(forTerminals: true)
        if forecasts.count == 1, let forecast = forecasts.first {
            writer.object { forecast.writeMembers(to: &$0) }
        } else {
            writer.array { writer in
                for forecast in forecasts { writer.object { forecast.writeMembers(to: &$0) } }
            }
        }
        try console.output(writer.bytes + [0x0A])
    }

    /// A line for each file, then what they come to.
    private static func text(_ forecast: PackForecast) -> Message {
        let words: [FetchForecast.Origin: String] = [
            .network: "fetch", .cache: "cached", .localFile: "local", .missing: "missing",
        ]
        var rows = forecast.items.map { item in
            [
                words[item.source.origin] ?? "", item.path.lastComponent.lossyString,
                item.source.size.map(humanSize) ?? "-", item.source.place,
            ]
        }
        rows += forecast.toBuild.map { ["build", $0.name, "-", $0.source] }
        rows += forecast.leftOut.map { ["without", $0.name, "-", "\($0.source) (\($0.reason))"] }
        let parts: [Message] = [FetchForecast.Origin.network, .cache, .localFile, .missing].compactMap {
            origin -> Message? in
            let items = forecast.items(from: origin)
            if items.isEmpty { return nil }
            let isKnown = items.allSatisfy { $0.source.size != nil }
            let size: Message = (isKnown ? "" : "at least ") + "\(humanSize(PackForecast.bytes(items)))"
            switch origin {
            case .network: return "\(items.count) to fetch (\(size))"
            case .cache: return "\(items.count) cached (\(size))"
            case .localFile: return "\(items.count) local (\(size))"
            case .missing: return "\(items.count) missing"
            }
        }
        let title = forecast.environments.map { "\($0.name) for \($0.platform)" as Message }.listed()
        let output = forecast.output.map { "\($0)" } ?? "standard output"
        let size: Message = (forecast.isSizeExact ? "" : "at least ") + "\(humanSize(forecast.size))"
        return Columns(nil, rows, numbers: [2]).text
            + "\(title): \(parts.isEmpty ? "nothing to fetch" : parts.listed())\n"
            + "would write \(output) (\(size))\n"
    }
}
