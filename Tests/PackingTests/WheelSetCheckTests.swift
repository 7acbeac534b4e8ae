import CondaModel
import Packing
import Support
import Testing

@Suite struct WheelSetCheckTests {
    private func conda(_ name: String, _ version: String, purls: [String]? = nil) -> PackageRecord {
        var record = PackageRecord(
            name: CondaName(stringLiteral: name), version: version, build: "0", subdir: "linux-64")
        record.purls = purls
        return record
    }

    private func wheel(
        _ fileName: String, python: String? = nil, requires: [String] = []
    ) throws -> WheelSetCheck.Wheel {
        let name = try WheelName(fileName)
        return .init(
            fileName: fileName, name: name.name, version: name.version, requiresPython: python, requiresDist: requires,
            tags: name)
    }

    @Test func whatFitsIsQuiet() throws {
        let check = WheelSetCheck(
            conda: [
                conda("python", "3.12.4"), conda("pytorch", "2.1", purls: ["pkg:pypi/torch@2.1.0"]),
                conda("numpy", "2"),
            ], platform: .linux64)
        let wheels = [
            try wheel(
                "a-1-py3-none-any.whl", python: ">=3.8",
                requires: [
                    "torch>=2", "numpy", "b[x]>=1", "colorama; sys_platform == 'win32'", "pytest; extra == 'test'",
                ]),
            try wheel("b-1.5-cp312-cp312-manylinux2014_x86_64.whl"),
        ]
        #expect(check.problems(wheels).isEmpty)
    }

    @Test func listsEverythingThatDoesNotFit() throws {
        let check = WheelSetCheck(
            conda: [conda("python", "3.12.4"), conda("pytorch", "2.1", purls: [])], platform: .linux64)
        let wheels = [
            try wheel("a-1-cp311-cp311-win_amd64.whl", python: "<3.12", requires: ["torch", "b>=2", "c ==", "b[x]"]),
            try wheel("b-1.5-py3-none-any.whl", requires: ["d; extra == 'x'", "e; extra == 'y'"]),
        ]
        #expect(
            check.problems(wheels) == [
                "wheel 'a-1-cp311-cp311-win_amd64.whl': it is built for win_amd64, not for linux-64 (glibc 2.28)",
                "wheel 'a-1-cp311-cp311-win_amd64.whl' requires Python <3.12, the pack has 3.12.4",
                "wheel 'a-1-cp311-cp311-win_amd64.whl': 'c ==' is not a valid requirement (PEP 508): "
                    + "'==' is not a valid version specifier (PEP 440)",
                "wheel 'a-1-cp311-cp311-win_amd64.whl' requires 'torch', which is not in the pack",
                "wheel 'a-1-cp311-cp311-win_amd64.whl' requires 'b>=2', the pack has b 1.5",
                "wheel 'b-1.5-py3-none-any.whl' requires 'd; extra == 'x'', which is not in the pack",
            ])
    }

    @Test func wheelsOfTheLockAreAskedOnlyAboutInjectedOnes() throws {
        let check = WheelSetCheck(conda: [conda("python", "3.12")], platform: .linux64)
        let locked = WheelSetCheck.Wheel(
            fileName: "l-1-py3-none-any.whl", name: try PyPIName("l"), version: nil, requiresDist: ["a<1", "gone"])
        #expect(check.problems([locked]).isEmpty)
        #expect(
            check.problems([locked, try wheel("a-1-py3-none-any.whl")]) == [
                "wheel 'l-1-py3-none-any.whl' requires 'a<1', the pack has a 1"
            ])
    }

    @Test func aPackWithoutPython() throws {
        let problems = WheelSetCheck(conda: [], platform: .linux64).problems([try wheel("a-1-py3-none-any.whl")])
        #expect(problems == ["wheel 'a-1-py3-none-any.whl' needs a Python, the pack has no package 'python'"])
    }
}
