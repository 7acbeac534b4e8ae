import Archive
import CondaModel
import Fetch
import SelfExtract
import Support

extension PlannedPack {
    /// Says what writing the pack would do.
    ///
    /// - Parameter settings: those of the fetches.
    func forecast(_ settings: FetchSettings) throws -> PackForecast {
        var forecast = PackForecast(
            environments: parts.map { ($0.set.environment.name, $0.set.environment.platform.name) })
        forecast.toBuild = parts.flatMap(\.set.unbuilt)
        forecast.leftOut = parts.flatMap(\.set.leftOut)
        forecast.items = try items(settings)
        forecast.output = path
        try measure(&forecast)
        return forecast
    }

    private func items(_ settings: FetchSettings) throws -> [PackForecast.Item] {
        var settings = settings
        if let environment = parts.first?.set.environment { settings.baseDirectory = environment.baseDirectory }
        let forecaster = FetchForecaster(settings: settings)
        return try jobs.map(\.item).map { item in
            switch item.source {
            case .opened(let slice, _):
                let source = FetchForecast(
                    origin: .localFile, place: slice.file.path.lossyString, size: slice.length)
                return .init(path: item.path, source: source)
            case .fetched(let file):
                let source = try forecaster.forecast(file, cacheKey: try PackFiller.cacheKey(item.path))
                return .init(path: item.path, source: source)
            }
        }
    }

    /// Fills in what the output will be.
    private func measure(_ forecast: inout PackForecast) throws {
        var sizes: [RelativePath: Int64] = [:]
        for item in forecast.items { sizes[item.path] = item.source.size }
        forecast.isSizeExact = forecast.toBuild.isEmpty && sizes.count == forecast.items.count
        func size(_ entry: PackEntry) -> Int64? {
            if case .awaited(let size) = entry.contents { return sizes[entry.path] ?? size }
            return nil
        }
        let tar = try TarPackSize.bytes(of: entries, size: size)
        forecast.size = tar
        switch output {
        case .standardOutput: break
        case .file(let path):
            // How well the pack compresses is not known before it is made.
            if PackCompression(fileName: path) != nil { forecast.isSizeExact = false }
        case .directory, .reference, .layout:
            forecast.size = entries.reduce(0) { sum, entry in
                if case .bytes(let bytes) = entry.contents { return sum &+ Int64(bytes.count) }
                return sum &+ (size(entry) ?? 0)
            }
        case .executable:
            guard let runtime = program else {
                forecast.isSizeExact = false
                return
            }
            let form = ExecutableWriter(runtime: runtime, name: forecast.output ?? "-")
            if form.archiveOffset == nil {
                // Text takes four characters for three bytes.
                forecast.isSizeExact = false
                forecast.size = (tar &+ Int64(runtime.bytes.count)) / 3 &* 4
            } else {
                let layout = ExecutableLayout(archiveLength: tar, runtime: runtime, contents: .zero)
                forecast.size = layout.totalLength
            }
        }
    }
}
