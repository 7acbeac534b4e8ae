import OCI
import Support

/// The configuration of a container image (OCI image specification, config.md), made from that of its base.
struct ContainerConfig {
    let platform: OCIPlatform
    let date: Int64
    let base: BaseImage?
    let settings: ContainerSettings
    let variables: [(name: String, value: String)]

    /// Where programs are if a base image does not say it, as container engines assume.
    private static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The text; the same for equal images.
    ///
    /// - Parameter diffIDs: the hashes of the tars of the layers that are added.
    func render(diffIDs: [SHA256Digest]) throws -> [UInt8] {
        let old = try base.map { try JSONDocument($0.config).root }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("created", Self.text(of: date))
            writer.member("architecture", platform.architecture)
            writer.member("variant", platform.variant)
            writer.member("os", platform.os)
            writer.key("config")
            writer.object { settings(old?.present("config"), &$0) }
            writer.key("rootfs")
            writer.object { writer in
                writer.member("type", "layers")
                writer.key("diff_ids")
                writer.array { writer in
                    for id in old?["rootfs"]?["diff_ids"]?.elements.map(Array.init) ?? [] { writer.copy(id) }
                    for id in diffIDs { writer.value("sha256:\(id.hex)") }
                }
            }
            writer.key("history")
            writer.array { writer in
                for entry in old?["history"]?.elements.map(Array.init) ?? [] { writer.copy(entry) }
                for _ in diffIDs {
                    writer.object { writer in
                        writer.member("created", Self.text(of: date))
                        writer.member("created_by", "pixi-unpack --into")
                    }
                }
            }
        }
        return writer.bytes
    }

    private func settings(_ old: JSONValue?, _ writer: inout JSONWriter) {
        // What starts is replaced as a whole, as other builders do it.
        let replaced: Set<ByteString> =
            settings.entrypoint == nil ? ["Env", "User", "Labels"] : ["Env", "User", "Labels", "Entrypoint", "Cmd"]
        writer.member("User", settings.user ?? old?.present("User")?.string)
        writer.key("Env")
        writer.value(environment(old?.present("Env")?.elements?.compactMap(\.string) ?? []))
        if let entrypoint = settings.entrypoint {
            writer.key("Entrypoint")
            writer.value(entrypoint)
        }
        for member in old?.members.map(Array.init) ?? [] where !replaced.contains(member.name) {
            writer.key(member.name.lossyString)
            writer.copy(member.value)
        }
        var labels: [ByteString: String] = [:]
        for member in old?.present("Labels")?.members.map(Array.init) ?? [] {
            labels[member.name] = member.value.string ?? ""
        }
        for label in settings.labels { labels[ByteString(label.key)] = label.value }
        if labels.isEmpty { return }
        writer.key("Labels")
        writer.object { writer in for key in labels.keys.sorted() { writer.member(key.lossyString, labels[key]) } }
    }

    private func environment(_ old: [String]) -> [String] {
        var result = old
        for (name, value) in variables {
            let start = ByteString(name + "=")
            let before = result.first { ByteString($0).hasPrefix(start) }.map { String($0.dropFirst(name.count + 1)) }
            let text = name == "PATH" ? "\(name)=\(value):\(before ?? Self.usualPath)" : "\(name)=\(value)"
            if let index = result.firstIndex(where: { ByteString($0).hasPrefix(start) }) {
                result[index] = text
            } else {
                result.append(text)
            }
        }
        return result
    }

    /// A time by RFC 3339.
    static func text(of date: Int64) -> String {
        let time = CalendarTime(max(0, date))
        return "\(time.date)T\(time.time)Z"
    }
}
