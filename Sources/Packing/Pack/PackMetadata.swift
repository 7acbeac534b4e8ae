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
    ///
    /// - Parameter isPipThere: whether they can install wheels; if not, the file tells how to do it afterwards.
    static func environmentFile(
        conda: [CondaLine], wheels: [WheelLine], isPipThere: Bool = true
    ) -> [UInt8] {
        var lines = isPipThere || wheels.isEmpty ? [] : secondStep(wheels)
        lines += ["channels:", "  - ./channel", "  - nodefaults", "dependencies:"]
        lines += conda.map { "  - \($0.name)=\($0.version)=\($0.build)" }
        if !wheels.isEmpty && isPipThere {
            lines += ["  - pip:", "    - --no-index", "    - --find-links ./pypi"]
            lines += wheels.map { "    - \($0.name)==\($0.version)" }
        }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    /// How to install wheels without a pip in the environment. Versions that are not known are left to what is there.
    private static func secondStep(_ wheels: [WheelLine]) -> [String] {
        let names = wheels.map { wheel in
            (try? PEP440Version(wheel.version)) == nil ? wheel.name : "\(wheel.name)==\(wheel.version)"
        }.joined(separator: " ")
        return [
            "# The environment has no pip, so conda and micromamba install its conda packages only:",
            "#     conda env create -p ENVIRONMENT -f environment.yml",
            "# A second step installs its wheels, with uv or with a pip from elsewhere:",
            "#     uv pip install --python ENVIRONMENT --offline --no-index --no-deps --find-links ./pypi \(names)",
            "#     pip --python ENVIRONMENT/bin/python install --no-index --no-deps --find-links ./pypi \(names)",
            "# pixi-unpack does all at once.",
        ]
    }
}
