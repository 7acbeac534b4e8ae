import CondaModel
import Support
import Testing

@testable import Install

@Suite struct PythonInfoTests {
    private func info(_ version: String, sitePackages: String? = nil) throws -> PythonInfo {
        var record = PackageRecord(name: "python", version: version, build: "0", subdir: "linux-64")
        record.pythonSitePackagesPath = sitePackages
        return try PythonInfo(record)
    }

    @Test(
        "versions that name a Python [install 3.2]",
        arguments: [
            ("3.12", "3.12"), ("3.12.5", "3.12"), ("3.13.0rc1", "3.13"), ("1!3.12.1", "3.12"), ("3_12.1", "3.12"),
        ])
    func versions(_ version: String, _ expected: String) throws {
        #expect(try info(version).version == expected)
    }

    @Test("python versions without a plain X.Y fail [install 79]", arguments: ["3", "3.13rc1", "3.12a.1"])
    func case79(_ version: String) {
        #expect { try info(version) } throws: { "\($0)".contains("no version of the form X.Y") }
    }

    @Test("python_site_packages_path is used, the executable keeps its name [install 80]")
    func case80() throws {
        let python = try info("3.13.1", sitePackages: "lib/python3.13t/site-packages")
        #expect(python.sitePackages.bytes == "lib/python3.13t/site-packages")
        #expect(python.executable.bytes == "bin/python3.13")
        #expect(python.isFreeThreaded)
        #expect(try !info("3.13.1").isFreeThreaded)
    }

    @Test(
        "modules of packages cannot lie among our records", arguments: ["conda-meta", "Conda-Meta/x", "__clobbers__"])
    func records(_ path: String) {
        #expect { try info("3.12", sitePackages: path) } throws: {
            "\($0)".contains("is reserved for the installation's own")
        }
    }

    @Test(
        "a python_site_packages_path outside of the prefix is refused [install 81]", arguments: ["../x", "/x"])
    func case81(_ path: String) {
        #expect { try info("3.12", sitePackages: path) } throws: { "\($0)".contains("python_site_packages_path") }
    }
}
