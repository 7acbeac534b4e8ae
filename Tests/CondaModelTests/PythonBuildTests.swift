import CondaModel
import Testing

/// Which wheels which Python takes (PEP 425, 600, 656, 703).
@Suite struct PythonBuildTests {
    private func accepts(_ tags: String, build: String, path: String? = nil, version: (Int, Int) = (3, 13)) throws
        -> Bool
    {
        var record = PackageRecord(
            name: "python", version: "\(version.0).\(version.1).1", build: build, subdir: "linux-64")
        record.pythonSitePackagesPath = path
        let python = PythonBuild(record)
        return WheelTags(
            python: .init(version.0, version.1), isFreeThreaded: python.isFreeThreaded,
            implementation: python.implementation, platform: .linux64
        ).accepts(try WheelName("w-1.0-\(tags).whl"))
    }

    @Test(
        "CPython",
        arguments: [
            ("cp313-cp313-manylinux_2_17_x86_64", true), ("cp38-abi3-manylinux2014_x86_64", true),
            ("cp314-abi3-manylinux2014_x86_64", false), ("cp313-cp313t-manylinux_2_17_x86_64", false),
            ("cp313-cp313-musllinux_1_2_x86_64", false), ("cp313-cp313-manylinux_2_99_x86_64", false),
            ("pp313-pypy313_pp73-manylinux_2_17_x86_64", false), ("py3-none-any", true), ("pp3-none-any", false),
        ])
    func cPython(_ tags: String, _ expected: Bool) throws {
        #expect(try accepts(tags, build: "h9a34b6e_5_cp313") == expected)
    }

    @Test(
        "a Python without the global lock, told by its path or its build",
        arguments: [
            ("cp313-cp313t-manylinux_2_17_x86_64", true), ("cp313-cp313-manylinux_2_17_x86_64", false),
            ("cp38-abi3-manylinux2014_x86_64", false), ("py3-none-any", true), ("cp313-none-any", true),
        ])
    func freeThreaded(_ tags: String, _ expected: Bool) throws {
        #expect(try accepts(tags, build: "h4724d56_0_cp313t") == expected)
        #expect(try accepts(tags, build: "0", path: "lib/python3.13t/site-packages") == expected)
    }

    @Test(
        "PyPy and GraalPy",
        arguments: [
            ("pp39-pypy39_pp73-manylinux_2_17_x86_64", "1_73_pypy", true),
            ("pp39-pypy39_pp74-manylinux_2_17_x86_64", "1_73_pypy", false),
            ("cp39-cp39-manylinux_2_17_x86_64", "1_73_pypy", false),
            ("cp38-abi3-manylinux2014_x86_64", "1_73_pypy", false), ("pp39-none-any", "1_73_pypy", true),
            ("pp3-none-any", "1_73_pypy", true), ("py3-none-any", "1_73_pypy", true),
            ("graalpy39-graalpy230_39_native-manylinux_2_17_x86_64", "0_graalpy230_39_native", true),
            ("graalpy39-graalpy230_310_native-manylinux_2_17_x86_64", "0_graalpy230_39_native", false),
            ("cp39-cp39-manylinux_2_17_x86_64", "0_graalpy230_39_native", false),
        ])
    func others(_ tags: String, _ build: String, _ expected: Bool) throws {
        #expect(try accepts(tags, build: build, version: (3, 9)) == expected)
    }

    @Test(
        "the least glibc that tags ask for",
        arguments: [
            ("manylinux_2_17_x86_64.manylinux2014_x86_64", "2.17"), ("manylinux_2_99_x86_64", "2.99"),
            ("manylinux1_x86_64.manylinux_2_28_x86_64", "2.5"), ("linux_x86_64", nil), ("any", nil),
            ("manylinux_2_34_aarch64", nil),
        ])
    func glibc(_ platform: String, _ expected: String?) throws {
        let name = try WheelName("w-1.0-cp313-cp313-\(platform).whl")
        #expect(WheelTags.glibc(neededBy: name, on: .linux64)?.description == expected)
    }
}
