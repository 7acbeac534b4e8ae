import Archive
import Support

/// Which package goes into which layer of a container image. It depends on each package alone, as far as possible: images of
/// environments that have most packages in common then have most layers in common.
///
/// A large package is a layer of its own. Small ones are put together by a hash of their name, so that another version, or
/// one package more, changes one layer.
struct LayerPlan {
    /// From this size on a package is a layer of its own, in bytes of its archive.
    private static let large: Int64 = 2 << 20
    private static let usualMost = 60
    private static let groups: UInt64 = 30
    /// Engines allow 127 layers; one is what the installation writes.
    private static let mostLayers = 126

    /// For each item the number of its layer; numbers begin at 0 and leave none out.
    ///
    /// - Parameter below: how many layers are there already.
    static func layers(of items: [ImageItem], above below: Int = 0) -> [Int] {
        let mostLarge = min(usualMost, max(0, mostLayers - Int(groups) - below))
        var limit = large
        while items.count(where: { $0.size >= limit }) > mostLarge {
            limit = limit.multipliedReportingOverflow(by: 2).overflow ? .max : limit * 2
        }
        let keys = items.map { item in
            item.size >= limit ? "1 \(item.name)" : "0 \(hash(item.name) % groups + 100)"
        }
        let numbers = Dictionary(
            uniqueKeysWithValues: Set(keys).sorted { ByteString($0) < ByteString($1) }.enumerated().map { ($1, $0) })
        return keys.map { numbers[$0] ?? 0 }
    }

    /// Of the name without version and build, by FNV-1a.
    private static func hash(_ fileName: String) -> UInt64 {
        let parts = fileName.split(separator: "-")
        let isWheel = ByteString(fileName).hasSuffix(".whl")
        let name = isWheel ? parts.prefix(1) : parts.dropLast(min(2, max(0, parts.count - 1)))
        return name.joined(separator: "-").utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
