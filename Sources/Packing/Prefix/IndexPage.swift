import CondaModel
import Support

/// The page an index of Python packages has for one of them: HTML (PEP 503) or JSON (PEP 691).
struct IndexPage {
    struct Link {
        let name: WheelName
        let url: WebURL
        let sha256: SHA256Digest?
    }

    /// In the order of the page.
    private(set) var wheels: [Link] = []

    /// - Throws: `Failure` if the JSON is malformed. Links that do not lead to a wheel are skipped.
    init(_ text: [UInt8], at page: WebURL) throws {
        if text.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") {
            let files = try describing("could not read '\(page.redacted)'") { try JSONDocument(text).root["files"] }
            for file in files?.elements.map({ Array($0) }) ?? [] {
                guard let target = file["url"]?.string else { continue }
                add(target, sha256: file["hashes"]?["sha256"]?.string, page)
            }
        } else {
            for target in IndexPage.targets(text) {
                let parts = target.split(separator: "#", maxSplits: 1)
                let hash = parts.count > 1 && parts[1].hasPrefix("sha256=") ? String(parts[1].dropFirst(7)) : nil
                add(String(parts.first ?? ""), sha256: hash, page)
            }
        }
    }

    private mutating func add(_ target: String, sha256: String?, _ page: WebURL) {
        guard let url = IndexPage.resolve(target, page), ["http", "https"].contains(url.scheme),
            let segment = url.lastSegment,
            let name = try? WheelName(String(decoding: PercentEncoding.decode(segment.utf8), as: UTF8.self))
        else { return }
        wheels.append(Link(name: name, url: url, sha256: sha256.flatMap { SHA256Digest(hex: $0) }))
    }

    /// The values of all `href` in double or single quotes.
    private static func targets(_ text: [UInt8]) -> [String] {
        var targets: [String] = []
        var rest = text[...]
        let key = Array("href=".utf8)
        while let start = rest.firstIndex(of: key[0]) {
            guard rest[start...].starts(with: key), let quote = rest.dropFirst(start - rest.startIndex + 5).first,
                quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
            else {
                rest = rest[(start + 1)...]
                continue
            }
            let value = rest[(start + 6)...].prefix { $0 != quote }
            rest = rest[value.endIndex...]
            targets.append(String(decoding: withoutEntities(value), as: UTF8.self))
        }
        return targets
    }

    /// In the values of `href` only `&amp;` is to be expected.
    private static func withoutEntities(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let entity = Array("&amp;".utf8)
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            result.append(byte)
            rest = rest.dropFirst(rest.starts(with: entity) ? entity.count : 1)
        }
        return result
    }

    private static func resolve(_ target: String, _ page: WebURL) -> WebURL? {
        if target.contains(text: "://") { return try? WebURL(target) }
        if target.hasPrefix("//") { return try? WebURL("\(page.scheme):\(target)") }
        let origin =
            "\(page.scheme)://" + (page.userInfo.map { "\($0)@" } ?? "") + (page.host ?? "")
            + (page.port.map { ":\($0)" } ?? "")
        return try? WebURL(origin + (target.hasPrefix("/") ? target : page.path + target))
    }
}
