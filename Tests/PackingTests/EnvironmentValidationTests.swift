import CondaModel
import Packing
import Support
import Testing

@Suite("Validation of the whole environment [lock 3.2]") struct EnvironmentValidationTests {
    static func record(
        _ name: String, _ version: String, build: String = "0", depends: [String] = [], constrains: [String] = []
    ) -> PackageRecord {
        var record = PackageRecord(
            name: CondaName(stringLiteral: name), version: version, build: build, subdir: "noarch")
        record.depends = depends
        record.constrains = constrains
        return record
    }

    @Test("a missing dependency, in the original's words [lock 79]")
    func missingDependency() {
        let records = [
            Self.record("fastapi", "0.111.0"),
            Self.record("my-webserver-broken", "0.1.0", build: "pyh4616a5c_0", depends: ["fastapi >=0.112"]),
        ]
        #expect {
            try EnvironmentValidation(records).check()
        } throws: {
            "\($0)"
                == "package 'my-webserver-broken=0.1.0=pyh4616a5c_0' has dependency 'fastapi >=0.112', "
                + "which is not in the environment"
        }
    }

    @Test("an unmet constraint, in the original's words [lock 80]")
    func unmetConstraint() {
        let records = [
            Self.record("a", "1", build: "", constrains: ["b <2", "c >1", "__glibc >=9"]),
            Self.record("b", "2.0", build: "h_1"),
        ]
        #expect(
            EnvironmentValidation(records).problems == [
                "package 'a 1' has constraint 'b <2', which is not satisfied by 'b=2.0=h_1' in the environment"
            ])
    }

    @Test("virtual packages count as there [lock 81]")
    func virtualPackages() throws {
        try EnvironmentValidation([Self.record("a", "1", depends: ["__glibc >=99", "__unix"])]).check()
        #expect(EnvironmentValidation([Self.record("a", "1", depends: [" __unix"])]).problems.count == 1)
    }

    @Test("conditional dependencies do not stand in the way [lock 82]")
    func conditions() throws {
        let depends = ["tomli >=1[when=\"python <3.11\"]", "b[extras=[x]]", "b[flags='x']"]
        let problems = EnvironmentValidation([Self.record("a", "1", depends: depends), Self.record("B", "1")]).problems
        #expect(problems == ["package 'a=1=0' has dependency 'b[flags='x']', which is not in the environment"])
    }

    @Test func listsAllProblemsAtOnce() {
        let records = [
            Self.record("a", "1", depends: ["b", "c"], constrains: ["d >2"]), Self.record("d", "1", depends: ["e*"]),
        ]
        #expect {
            try EnvironmentValidation(records).check()
        } throws: {
            "\($0)".hasPrefix("the environment has 4 unmet dependencies:\n  package 'a=1=0' has dependency 'b', ")
                && "\($0)".contains("\n  \"e*\" looks like a glob")
        }
    }

    @Test func aPackageMayBeItsOwnDependencyAndNamesIgnoreCase() throws {
        try EnvironmentValidation([Self.record("Foo", "2", depends: ["foo >=2"])]).check()
    }
}
