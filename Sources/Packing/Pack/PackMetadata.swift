import CondaModel
import Support

/// `environment.yml` of a pack (docs/spec/lock.md#environment-yml).
enum PackMetadata {
    /// A line of `environment.yml`.
    struct CondaLine: Sendable {
        let name: String
        let version: String
        let build: String

        init(_ record: PackageRecord) {
            // Names are ASCII; others stay as they are.
            name = String(
                decoding: record.name.utf8.map {
                    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0
                },
                as: UTF8.self)
            version = record.version
            build = record.build
        }
    }

    /// A wheel's line of `environment.yml`.
    struct WheelLine: Sendable {
        let name: String
        let version: String
    }

    /// `environment.yml`, by which conda and micromamba install from an unpacked pack.
    static func environmentFile(conda: [CondaLine], wheels: [WheelLine]) -> [UInt8] {
        var lines = ["channels:", "  - ./channel", "  - nodefaults", "dependencies:"]
        lines += conda.map { "  - \($0.name)=\($0.version)=\($0.build)" }
        if !wheels.isEmpty {
            lines += ["  - pip:", "    - --no-index", "    - --find-links ./pypi"]
            lines += wheels.map { "    - \($0.name)==\($0.version)" }
        }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }
}
