import CondaModel
import Support
import Testing

@testable import Lockfile

@Suite("Environment, platform, order") struct LockSelectionTests {
    private func version6(_ locations: [String], environment: String = "default") -> String {
        """
        version: 6
        environments:
          \(environment):
            channels: []
            packages:
              linux-64:
        \(locations.map { "      - \($0)" }.joined(separator: "\n"))
              win-64: []
        packages:
        \(locations.reversed().map { "- \($0)\n  name: x\n  version: '1'\n  subdir: linux-64" }.joined(separator: "\n"))
        """
    }

    @Test("an unknown environment, with the ones there are [lock 44]") func unknownEnvironment() throws {
        let lock = try Sample.read(version6([Sample.url].map { "conda: \($0)" }, environment: "prod"))
        do {
            _ = try lock.packages(environment: "x", platform: "linux-64")
            Issue.record("no error")
        } catch let failure as Failure {
            #expect("\(failure)" == "environment not found in lockfile: x")
            #expect(failure.innermostRemedy == "The lock file has the environment prod.")
        }
    }

    @Test("a platform the environment does not have, with the ones it has [lock 45]") func unknownPlatform()
        throws
    {
        let lock = try Sample.read(version6(["conda: \(Sample.url)"]))
        do {
            _ = try lock.packages(environment: "default", platform: "linux-ppc64le")
            Issue.record("no error")
        } catch let failure as Failure {
            #expect("\(failure)" == "platform not found in lockfile: linux-ppc64le")
            #expect(failure.innermostRemedy == "Environment 'default' has the platforms linux-64, win-64.")
        }
        #expect(try lock.packages(environment: "default", platform: "win-64").isEmpty)
    }

    @Test("the order of the file does not matter [lock 47]") func shuffled() throws {
        let locations = [
            "conda: https://h/c/linux-64/z-1-0.conda", "conda: https://h/c/noarch/a-1-0.conda", "conda: ./b-1-0.conda",
            "conda: https://h/c/linux-64/Z-1-0.conda", "pypi: https://h/a.whl", "pypi: ./z.whl", "conda: ./source",
        ]
        let expected = [
            "./b-1-0.conda", "https://h/c/linux-64/Z-1-0.conda", "https://h/c/linux-64/z-1-0.conda",
            "https://h/c/noarch/a-1-0.conda", "./source", "./z.whl", "https://h/a.whl",
        ]
        for turn in locations.indices {
            let turned = Array(locations[turn...] + locations[..<turn])
            #expect(try Sample.packages(version6(turned)).map { "\($0.location)" } == expected)
        }
    }

    @Test("linux-64 z stands before noarch a [lock 48]") func urlOrder() throws {
        let packages = try Sample.packages(
            version6(["conda: https://h/c/noarch/a-1-0.conda", "conda: https://h/c/linux-64/z-1-0.conda"]))
        #expect(packages.map { $0.location.lastSegment } == ["z-1-0.conda", "a-1-0.conda"])
    }

    @Test("one package of two channels is listed twice [lock 49]") func twoChannels() throws {
        let packages = try Sample.packages(
            version6(["conda: https://b/linux-64/a-1-0.conda", "conda: https://a/linux-64/a-1-0.conda"]))
        #expect(
            packages.map { "\($0.location)" } == [
                "https://a/linux-64/a-1-0.conda", "https://b/linux-64/a-1-0.conda",
            ])
    }

    @Test("a package named twice counts once [lock 1.15]") func twice() throws {
        let text = version6(["conda: \(Sample.url)"]).replacing(
            "      win-64: []", with: "      - conda: \(Sample.url)\n      win-64: []")
        #expect(try Sample.packages(text).count == 1)
    }

    @Test("two different packages of one id are refused [lock 1.15]") func inconsistent() throws {
        func entry(_ license: String) -> String {
            """
            - platform: linux-64
              manager: conda
              name: foo
              version: '1'
              url: \(Sample.url)
              \(Sample.hash1)
              license: \(license)

            """
        }
        let head = "version: 2\nmetadata: {channels: [], platforms: []}\npackage:\n"
        #expect(try Sample.packages(head + entry("MIT") + entry("MIT")).count == 1)
        #expect { try Sample.packages(head + entry("MIT") + entry("BSD")) } throws: {
            "\($0)" == "EnvironmentPackages: inconsistent insert of \(Sample.url)"
        }
    }

    @Test(
        "names that would leave the pack are refused [lock 62]",
        arguments: [
            "subdir: ../x", "subdir: ..", "name: a/b", "build: 'a\\b'", "file_name: ../../x-1-0.conda",
            "file_name: /x-1-0.conda", "name: ''",
        ])
    func unsafeNames(_ field: String) {
        #expect { try Sample.packages(Sample.version7("conda: \(Sample.url)", field)) } throws: {
            "\($0)".contains("unsafe") || "\($0)".contains("the name is empty")
        }
    }
}
