import CondaModel
import Support

/// A bill of materials (SBOM) of a set of packages. Equal sets give equal bytes.
public struct BillOfMaterials: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        /// CycloneDX 1.6, JSON.
        case cyclonedx
        /// SPDX 2.3, JSON.
        case spdx

        /// The ending of the file names of this format.
        public var fileEnding: String { self == .cyclonedx ? ".cdx.json" : ".spdx.json" }
    }

    let inventory: Inventory
    let graph: DependencyGraph
    /// The version of the program.
    let producer: String
    /// Whether the set tells where packages came from.
    private let knowsPlaces: Bool
    /// `2024-01-31T23:59:59Z`
    let time: String

    /// The name of a set that has none.
    static let anonymous = "environment"
    /// The time if no package has one, in seconds since 1970: that of the files in a pack.
    private static let defaultTime: Int64 = 1_153_704_088

    /// - Parameters:
    ///   - producer: the version of this program, which is named as the author.
    ///   - sourceDateEpoch: the date of the document in seconds since 1970; nil: the time of the newest package.
    public init(_ inventory: Inventory, producer: String, sourceDateEpoch: Int64? = nil) {
        // Sizes are left out, as they are not always measured, and so is a signature, which may come later.
        var inventory = inventory
        // Packs of other programs do not; in ours, a package without a URL was made in the workspace or lay there.
        let knowsPlaces = inventory.origin.workspace != nil || inventory.items.contains { $0.downloadURL != nil }
        self.knowsPlaces = knowsPlaces
        inventory.origin.signature = nil
        inventory.origin.signedBy = nil
        let origin = inventory.origin
        var measured = Inventory(
            environment: inventory.environment, platform: inventory.platform,
            items: inventory.items.map { item in
                var item = item
                item.installedSize = nil
                return item
            })
        measured.origin = origin
        self.inventory = measured
        self.producer = producer
        graph = DependencyGraph(inventory)
        let newest = inventory.items.compactMap { item in
            // Old indexes give seconds instead of milliseconds (docs/spec/lock.md#timestamps).
            item.timestamp.map { $0 > 253_402_300_799 ? $0 / 1000 : $0 }
        }.max()
        let seconds = sourceDateEpoch ?? newest ?? BillOfMaterials.defaultTime
        time = BillOfMaterials.text(ofTime: min(max(0, seconds), 253_402_300_799))
    }

    /// The document in that format, with a line feed at its end.
    public func document(_ format: Format) -> [UInt8] {
        switch format {
        case .cyclonedx: CycloneDXDocument(self).bytes
        case .spdx: SPDXDocument(self).bytes
        }
    }

    var name: String { inventory.environment ?? BillOfMaterials.anonymous }

    /// The version of the whole: that of the workspace, else what tells one lock file, or one set, from another.
    var version: String {
        inventory.origin.workspaceVersion ?? inventory.origin.lockSHA256.map { String($0.hex.prefix(12)) }
            ?? String(identifier.prefix(8))
    }

    /// Who the whole comes from.
    var supplier: String { inventory.origin.workspace ?? "workspace \(name)" }

    /// Who a package comes from: its channel, its index, or for what was made in the workspace that. What nobody tells is
    /// said to be unknown, as NTIA's minimum elements ask.
    func supplier(of item: Inventory.Item) -> String {
        guard let text = item.downloadURL, let url = try? WebURL(text) else {
            return knowsPlaces ? supplier : "unknown"
        }
        let host = url.host ?? url.scheme
        guard item.kind != .pypi, let channel = item.channel, !channel.isEmpty else { return host }
        return "\(host)/\(channel)"
    }

    /// What was made and left out on the way, as text.
    var remarks: [(name: String, value: String)] {
        let origin = inventory.origin
        var remarks: [(String, String)] = []
        if let digest = origin.lockSHA256 { remarks.append(("lock-sha256", digest.hex)) }
        if let maker = origin.createdBy { remarks.append(("created-by", maker)) }
        remarks += origin.leftOut.map { ("left-out", "\($0.name) (\($0.source)): \($0.reason ?? "")") }
        remarks += origin.injected.map { ("injected", $0) }
        remarks += origin.built.map { ("built", "\($0.name) (\($0.source))") }
        return remarks
    }

    /// A UUID that is computed from the set.
    var identifier: String {
        var writer = JSONWriter(forTerminals: true)
        writer.object { inventory.writeMembers(to: &$0) }
        return BillOfMaterials.identifier(of: writer.bytes + Array("\(producer) \(time)".utf8))
    }

    /// A UUID that is computed from the content of a document (RFC 9562, version 8).
    static func identifier(of content: [UInt8]) -> String {
        var bytes = Array(SHA256Hasher.hash(content).bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(encodeHex(bytes).utf8)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
        return parts.joined(separator: "-")
    }

    /// Seconds since 1970 in the form of RFC 3339, in the Gregorian calendar.
    static func text(ofTime seconds: Int64) -> String {
        let moment = CalendarTime(seconds)
        return "\(moment.date)T\(moment.time)Z"
    }
}

extension Inventory.Item {
    /// `pkg:conda/name@version?build=…&channel=…&subdir=…&type=…` or `pkg:pypi/name@version`.
    var packageURL: PackageURL {
        guard kind == .conda else { return PackageURL(type: "pypi", name: name.text, version: version) }
        let type = path.bytes.hasSuffix(".tar.bz2") ? "tar.bz2" : "conda"
        return PackageURL(
            type: "conda", name: name.text, version: version,
            qualifiers: [
                ("build", build ?? ""), ("channel", channel ?? ""), ("subdir", subdir ?? ""), ("type", type),
            ])
    }

    /// The URL it was fetched from; nil for paths.
    var downloadURL: String? {
        guard let location, case .url(let url)? = try? PackageLocation(parsing: ByteString(location)),
            ["http", "https", "s3", "gcs", "oci"].contains(url.scheme)
        else { return nil }
        return location
    }

    /// The path of the channel on its server, for example `conda-forge`.
    var channel: String? {
        guard let text = downloadURL, let url = try? WebURL(text) else { return nil }
        // The last two segments are the subdir and the file.
        var segments = url.segments.dropLast(2)
        if segments.first == "t" { segments = segments.dropFirst(2) }
        return segments.isEmpty ? nil : segments.joined(separator: "/")
    }
}
