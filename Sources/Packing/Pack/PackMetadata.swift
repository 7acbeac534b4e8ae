import CondaModel
import Support

/// `environment.yml` of a pack (docs/spec/lock.md#environment-yml).
enum PackMetadata {
    /// A line of `environment.yml`.
    struct CondaLine: Sendable {
        let name: CondaName
        let version: String
        let build: String

        init(_ record: PackageRecord) {
            name = record.name.lowercased
            version = record.version
            build = record.build
        }
    }

    /// A wheel's line of `environment.yml`.
    struct WheelLine: Sendable {
        let name: PyPIName
        let version: String
    }

    /// `environment.yml`, by which conda and micromamba install from an unpacked pack.
    ///
    /// - Parameter isPipThere: whether they can install wheels; if not, the file tells how to do it afterwards.
    static func environmentFile(
        conda: [CondaLine], wheels: [WheelLine], isPipThere: Bool = true
    ) -> [UInt8] {
        var lines: [String] = []
        if !isPipThere {
            if !wheels.isEmpty || conda.contains(where: { $0.name == .python }) {
                lines += firstStep
            }
            if !wheels.isEmpty { lines += secondStep(wheels) }
        }
        lines += ["channels:", "  - ./channel", "  - nodefaults", "dependencies:"]
        lines += conda.map { package in
            // mamba 2 adds a pip to what is asked for where it reads the name `python`, even if it was told not to (its
            // libmamba/src/api/install.cpp, `create_install_request`); it does not read the name in this notation.
            !isPipThere && package.name == .python
                ? "  - python[version='\(package.version)',build='\(package.build)']"
                : "  - \(package.name)=\(package.version)=\(package.build)"
        }
        if !wheels.isEmpty && isPipThere {
            lines += ["  - pip:", "    - --no-index", "    - --find-links ./pypi"]
            lines += wheels.map { "    - \($0.name)==\($0.version)" }
        }
        return lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
    }

    /// How to install conda packages with a Python and no pip. conda and mamba add a need of Python for pip to what the index
    /// says (`add_pip_as_python_dependency`), and would find no solution. With `--offline`, conda 26.7 does not look for a
    /// channel called `nodefaults`; micromamba 1.5 finds no channel on the disk with it.
    private static let firstStep = [
        "# There is no pip, which conda and micromamba take for a part of Python unless they are told:",
        "#     CONDA_ADD_PIP_AS_PYTHON_DEPENDENCY=false conda env create --offline -p ENVIRONMENT -f environment.yml",
        "#     MAMBA_ADD_PIP_AS_PYTHON_DEPENDENCY=false micromamba create -p ENVIRONMENT -f environment.yml",
        "# mamba 2 takes the same as micromamba.",
    ]

    /// How to install wheels without a pip in the environment. Versions that are not known are left to what is there.
    private static func secondStep(_ wheels: [WheelLine]) -> [String] {
        let names = wheels.map { wheel in
            (try? PEP440Version(wheel.version)) == nil ? wheel.name.text : "\(wheel.name)==\(wheel.version)"
        }.joined(separator: " ")
        return [
            "# They install the conda packages. A second step installs the wheels, with uv or with a pip from elsewhere:",
            "#     uv pip install --python ENVIRONMENT --offline --no-index --no-deps --find-links ./pypi \(names)",
            "#     pip --python ENVIRONMENT/bin/python install --no-index --no-deps --find-links ./pypi \(names)",
            "# pixi-unpack does all at once.",
        ]
    }
}
