import CondaModel
import Support
import TestKit
import Testing

@testable import Packing

@Suite("Whether this machine can run an environment") struct HostCheckTests {
    /// A machine with these variables and files.
    private func machine(
        _ variables: [String: String] = [:], _ files: [String: String] = [:]
    ) throws -> (HostSystem, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        for (name, text) in files { try directory.write(name, text) }
        let host = HostSystem(
            variable: { name in variables[name].map { ByteString($0) } }, root: directory.path,
            searchPath: directory("bin"))
        return (host, directory)
    }

    private func package(depends: [String] = [], constrains: [String] = []) -> PackageRecord {
        var record = PackageRecord(name: "tool", version: "1.0", build: "0", subdir: "linux-64")
        record.depends = depends
        record.constrains = constrains
        return record
    }

    private func failure(_ host: HostSystem, _ record: PackageRecord) -> String {
        do {
            try HostCheck(host).check([record])
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let library =
        "\u{7F}ELF GNU C Library (Debian GLIBC 2.31-13) stable release version 2.31.\nCopyright"

    @Test("glibc is found in the library itself") func findsLibrary() throws {
        for folder in ["lib64", "usr/lib64", "lib/x86_64-linux-gnu", "usr/lib"] {
            let (host, directory) = try machine([:], ["\(folder)/libc.so.6": HostCheckTests.library])
            #expect(HostSystem.text(host.offer("__glibc"), of: "__glibc") == "__glibc 2.31", "\(folder)")
            withExtendedLifetime(directory) {}
        }
    }

    @Test("a package that needs a newer glibc is refused, in words that help") func oldLibrary() throws {
        let (host, directory) = try machine([:], ["lib64/libc.so.6": HostCheckTests.library])
        let expected =
            "this machine does not fit the pack: package 'tool 1.0' needs __glibc >=2.34, this machine has __glibc 2.31"
        #expect(failure(host, package(depends: ["__glibc >=2.34"])) == expected)
        #expect(failure(host, package(constrains: ["__glibc >=2.34"])) == expected)
        #expect(failure(host, package(depends: ["__glibc >=2.17,<3.0.a0", "libc"])) == "")
        withExtendedLifetime(directory) {}
    }

    @Test("a wheel that needs a newer glibc is refused", .enabled(if: Platform.current.isLinux))
    func oldLibraryForWheels() throws {
        let (host, directory) = try machine([:], ["lib64/libc.so.6": HostCheckTests.library])
        func problem(_ platform: String, _ host: HostSystem) throws -> String {
            let file = "w-1.0-py3-none-\(platform).whl"
            do {
                try HostCheck(host).check([], wheels: [(file, WheelName(file))])
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            try problem("manylinux_2_99_x86_64", host)
                == "this machine does not fit the pack: wheel 'w-1.0-py3-none-manylinux_2_99_x86_64.whl' needs glibc 2.99, "
                + "this machine has __glibc 2.31")
        #expect(try problem("manylinux_2_99_x86_64.manylinux2014_x86_64", host) == "")
        #expect(try problem("any", host) == "")
        let (unknown, other) = try machine()
        #expect(try problem("manylinux_2_99_x86_64", unknown) == "")
        let (none, third) = try machine(["CONDA_OVERRIDE_GLIBC": ""])
        #expect(try problem("manylinux2014_x86_64", none).hasSuffix("this machine has no __glibc"))
        withExtendedLifetime((directory, other, third)) {}
    }

    @Test("where no glibc is found nothing is refused") func noLibrary() throws {
        let (host, directory) = try machine()
        #expect(host.offer("__glibc") == .unknown)
        #expect(failure(host, package(depends: ["__glibc >=2.34"])) == "")
        withExtendedLifetime(directory) {}
    }

    @Test("CONDA_OVERRIDE_GLIBC, _CUDA and _ARCHSPEC say what the machine has; empty: nothing") func overrides() throws
    {
        let (host, directory) = try machine(
            ["CONDA_OVERRIDE_GLIBC": "2.40", "CONDA_OVERRIDE_CUDA": "12.4", "CONDA_OVERRIDE_ARCHSPEC": "x86_64_v2"],
            ["lib64/libc.so.6": HostCheckTests.library])
        #expect(failure(host, package(depends: ["__glibc >=2.34", "__cuda >=12", "__archspec 1 x86_64_v2"])) == "")
        #expect(
            failure(host, package(depends: ["__cuda >=12.8"])).hasSuffix(
                "needs __cuda >=12.8, this machine has __cuda 12.4"))
        let (none, other) = try machine(["CONDA_OVERRIDE_GLIBC": "", "CONDA_OVERRIDE_CUDA": ""])
        #expect(failure(none, package(depends: ["__glibc"])).hasSuffix("needs __glibc, this machine has no __glibc"))
        #expect(failure(none, package(constrains: ["__cuda >=12"])) == "")
        withExtendedLifetime((directory, other)) {}
    }

    @Test("without any sign of a driver there is no CUDA; with one but without its program nobody knows") func cuda()
        throws
    {
        let (none, first) = try machine()
        #expect(failure(none, package(depends: ["__cuda >=11"])).hasSuffix("this machine has no __cuda"))
        #expect(failure(none, package(constrains: ["__cuda >=11"])) == "")
        let (driver, second) = try machine([:], ["dev/nvidiactl": ""])
        #expect(failure(driver, package(depends: ["__cuda >=11"])) == "")
        let (program, third) = try machine([:], ["bin/nvidia-smi": "#!/bin/sh\necho '| CUDA Version: 11.8     |'\n"])
        #expect(ExternalProgramPermission.allow(third("bin/nvidia-smi")))
        #expect(failure(program, package(depends: ["__cuda >=11"])) == "")
        #expect(failure(program, package(depends: ["__cuda >=12"])).hasSuffix("this machine has __cuda 11.8"))
        withExtendedLifetime((first, second, third)) {}
    }

    @Test("levels of the processor", .enabled(if: Platform.current == .linux64)) func processor() throws {
        let (host, directory) = try machine()
        #expect(failure(host, package(depends: ["__archspec 1 x86_64"])) == "")
        // A model is no level: nobody can say.
        #expect(failure(host, package(depends: ["__archspec 1 zen9"])) == "")
        let (old, other) = try machine(["CONDA_OVERRIDE_ARCHSPEC": "x86_64"])
        #expect(
            failure(old, package(depends: ["__archspec 1 x86_64_v3"]))
                .hasSuffix("needs __archspec 1 x86_64_v3, this machine has __archspec x86_64"))
        withExtendedLifetime((directory, other)) {}
    }

    @Test("what the lock file assumed is a warning") func warnings() throws {
        let (host, directory) = try machine([:], ["lib64/libc.so.6": HostCheckTests.library])
        let messages = Messages()
        HostCheck(host).warn(["__glibc=2.28", "__linux=4.18", "__glibc=2.39", "__cuda=12", "odd"], messages)
        #expect(
            messages.all == [
                "the environment was solved for a machine with __glibc=2.39, this one has __glibc 2.31",
                "the environment was solved for a machine with __cuda=12, this one has no __cuda",
            ])
        withExtendedLifetime(directory) {}
    }

    @Test("unpacking refuses before anything is written, --no-host-check does not") func unpacking() throws {
        let pack = try PackUnderTest()
        var tool = CondaBuilder("tool")
        tool.file("bin/tool", "tool")
        try pack.add(tool, depends: ["__glibc >=9999"])
        #expect(try pack.failure().contains("package 'tool 1.0' needs __glibc >=9999, this machine has __glibc 2."))
        let environment = try pack.unpack { $0.checksHost = false }
        #expect(try environment.text("bin/tool") == "tool")
    }

    @Test("an environment for another platform is unpacked only on demand") func otherPlatform() throws {
        let other = Platform.current == .linuxAarch64 ? "linux-64" : "linux-aarch64"
        let pack = try PackUnderTest()
        pack.manifest = #"{"version": "1", "platform": "\#(other)"}"#
        var tool = CondaBuilder("tool")
        tool.file("bin/tool", "tool")
        try pack.add(tool, subdir: other)
        #expect(try pack.failure().contains("the pack was made for the platform '\(other)'"))
        #expect(try pack.unpack { $0.checksHost = false }.text("bin/tool") == "tool")
        pack.manifest = #"{"version": "1", "platform": "win-64"}"#
        #expect(throws: Failure.self) { try pack.summary { $0.checksHost = false } }
    }
}

private enum ExternalProgramPermission {
    static func allow(_ path: ByteString) -> Bool {
        guard let descriptor = try? Sys.open(path, 0) else { return false }
        defer { try? Sys.close(descriptor) }
        return (try? Sys.chmod(descriptor, mode: 0o755)) != nil
    }
}
